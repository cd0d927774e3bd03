// SPDX-License-Identifier: Apache-2.0
// Where a CPython that will be forked keeps its objects. A fork costs by the page that holds something, and
// by the page that a child then writes to: so objects stand close together, in few and large pages.
#pragma once

namespace sandgate {

// Before modules are imported: the arenas that CPython asks for from now on follow one another.
void PutPythonMemoryTogether();

// After the last import: what children allocate goes to pages of their own, and what they inherit is put into
// large ones (large_page.h) where the kernel has such. `proc_self`: the folder of this process in procfs.
void SettlePythonMemory(int proc_self);

}  // namespace sandgate

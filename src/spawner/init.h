// SPDX-License-Identifier: Apache-2.0
// Process 1 of a pid namespace: reaps orphans and, by its end, ends every process of the namespace.
#pragma once

namespace sandgate {

// Body of a copy of the spawner; `server` is its socket. Gives up every privilege and descriptor; becomes
// nobody where ids can be changed.
[[noreturn]] void RunInit(int server, bool change_ids);

}  // namespace sandgate

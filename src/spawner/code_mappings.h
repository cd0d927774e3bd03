// SPDX-License-Identifier: Apache-2.0
// How the code of an interpreter that will be forked is mapped. A fork copies each mapping, and the end of
// the process takes it down, also where there is hardly a page in it. It leaves each page of a file to a page
// fault of the child; of anonymous memory in large pages it copies one entry for 2 MiB.
#pragma once

namespace sandgate {

// Makes two mappings of each file that is loaded, where the loader leaves five: one to read and execute, one
// to write to. Constants can be executed then, and what was filled in when it was linked can be changed: no
// gain for a program that may do both with mprotect(2) itself, and on aarch64 no BTI any more, which protects
// none from itself. What cannot be joined stays, files with gaps between segments among it. Before the next:
void JoinMappings();

// Puts copies in large pages in the place of the code of the file that holds `function` and, as far as a
// large page has both, of the constants around it, which become executable: no gain for a program that may
// make memory executable itself. Where there are no such pages (MADV_COLLAPSE of madvise(2), Linux 6.1) all
// stays as it is. With one thread only.
void MoveCodeToLargePages(const void* function);

// In a child: maps what of the code lies in small pages, which else comes in one page fault for every 16
// pages.
void MapRestOfCode();

}  // namespace sandgate

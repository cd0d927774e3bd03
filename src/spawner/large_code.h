// SPDX-License-Identifier: Apache-2.0
// Where the code of an interpreter that will be forked lies. A fork leaves each page of a file to a page
// fault of the child; of anonymous memory in large pages it copies one entry for 2 MiB.
#pragma once

namespace sandgate {

// Puts copies in large pages in the place of the code of the file that holds `function` and, as far as a
// large page has both, of the constants around it, which become executable: no gain for a program that may
// make memory executable itself. Where there are no such pages (MADV_COLLAPSE of madvise(2), Linux 6.1) all
// stays as it is. With one thread only.
void MoveCodeToLargePages(const void* function);

// In a child: maps what of the code lies in small pages, which else comes in one page fault for every 16
// pages.
void MapRestOfCode();

}  // namespace sandgate

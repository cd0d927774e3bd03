// SPDX-License-Identifier: Apache-2.0
// Large pages of anonymous memory: what a fork and the end of a process cost goes by the page.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace sandgate {

inline constexpr std::size_t kLargePage = 2 << 20;

inline std::uintptr_t LargePageDown(std::uintptr_t address) { return address & ~(kLargePage - 1); }
inline std::uintptr_t LargePageUp(std::uintptr_t address) { return LargePageDown(address + kLargePage - 1); }

// Addresses from `start` up to `end`, each the first of a page.
struct Range {
  std::uintptr_t start = 0;
  std::uintptr_t end = 0;

  std::size_t Size() const { return end > start ? end - start : 0; }
  void* Start() const { return reinterpret_cast<void*>(start); }
};

// Makes large pages of what is in a range that begins and ends with one, whatever is set for the system
// (MADV_COLLAPSE of madvise(2), since Linux 6.1). Whether that could be done.
bool Collapse(Range range);

// Copies, one behind the other, in large pages that are the caller's to unmap; empty where that cannot be
// done. Allocates nothing.
Range CopyInLargePages(std::span<const Range> ranges);

// Moves a copy to the place of what it is of; false: that is sealed and stays. Where neither can be kept the
// process ends.
bool Replace(std::uintptr_t place, Range copy);

// Puts copies of private memory in its place that lie in large pages, each mapped page by page: so a fork
// that copies all of it goes through it in one run, and a process that writes to it copies a small page and
// divides nothing. That is what pays for memory that many children write to in few places; a whole large
// page, mapped as one, costs more from the first such write on. `proc_self`: the folder of this process in
// procfs. With one thread only; where there are no large pages all stays as it is.
void GatherSmallPages(int proc_self);

}  // namespace sandgate

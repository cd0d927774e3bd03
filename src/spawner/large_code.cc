// SPDX-License-Identifier: Apache-2.0
#include "spawner/large_code.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "spawner/large_page.h"

namespace sandgate {

namespace {

constexpr int kPopulateRead = 22;  // MADV_POPULATE_READ

// A file as it is mapped: what is executed of it, and all around that which follows without a gap and is not
// written to either.
struct Mapped {
  Range code;
  Range constant;
};

std::array<Range, 2> rest_of_code;

Range PagesOf(std::uintptr_t base, const ElfW(Phdr) & segment) {
  const auto page = static_cast<std::uintptr_t>(::getpagesize());
  const std::uintptr_t start = base + segment.p_vaddr;
  return {start & ~(page - 1), (start + segment.p_memsz + page - 1) & ~(page - 1)};
}

struct Search {
  std::uintptr_t function = 0;
  Mapped found;
};

// For dl_iterate_phdr(3): the Mapped of the file, whichever it is, that holds the function of a Search.
int FindCode(dl_phdr_info* object, std::size_t, void* data) {
  Search& search = *static_cast<Search*>(data);
  const std::uintptr_t function = search.function;
  Mapped mapped;
  for (const auto& segment : std::span(object->dlpi_phdr, object->dlpi_phnum)) {  // sorted, says elf(5)
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const Range pages = PagesOf(object->dlpi_addr, segment);
    const bool follows = pages.start == mapped.constant.end;
    if (!follows && mapped.code.Size() > 0) break;
    if (!follows) mapped.constant.start = pages.start;
    mapped.constant.end = pages.end;
    if (function >= pages.start && function < pages.end) mapped.code = pages;
  }
  if (mapped.code.Size() == 0) return 0;
  search.found = mapped;
  return 1;
}

}  // namespace

void MoveCodeToLargePages(const void* function) {
  Search search{reinterpret_cast<std::uintptr_t>(function), {}};
  if (::dl_iterate_phdr(FindCode, &search) == 0) return;
  const Mapped& mapped = search.found;
  const Range& code = mapped.code;
  Range large{LargePageUp(std::max(mapped.constant.start, LargePageDown(code.start))),
              LargePageDown(std::min(mapped.constant.end, LargePageUp(code.end)))};
  const Range copy = large.Size() > 0 ? CopyInLargePages(std::span(&large, 1)) : Range{};
  if (copy.Size() == 0 || ::mprotect(copy.Start(), copy.Size(), PROT_READ | PROT_EXEC) != 0 ||
      !Replace(large.start, copy)) {
    if (copy.Size() > 0) ::munmap(copy.Start(), copy.Size());
    large = {code.end, code.end};
  }
  __builtin___clear_cache(static_cast<char*>(large.Start()), reinterpret_cast<char*>(large.end));
  rest_of_code = {Range{code.start, std::min(code.end, large.start)},
                  Range{std::max(code.start, large.end), code.end}};
}

void MapRestOfCode() {
  for (const Range& code : rest_of_code) {
    if (code.Size() > 0) ::madvise(code.Start(), code.Size(), kPopulateRead);
  }
}

}  // namespace sandgate

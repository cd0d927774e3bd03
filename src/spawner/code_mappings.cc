// SPDX-License-Identifier: Apache-2.0
#include "spawner/code_mappings.h"

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

// Pages of a loaded file that follow one another without a gap and are not written to, and those of them that
// are executed.
struct Constant {
  Range pages;
  Range code;
};

std::array<Range, 2> rest_of_code;

Range PagesOf(std::uintptr_t base, const ElfW(Phdr) & segment) {
  const auto page = static_cast<std::uintptr_t>(::getpagesize());
  const std::uintptr_t start = base + segment.p_vaddr;
  return {start & ~(page - 1), (start + segment.p_memsz + page - 1) & ~(page - 1)};
}

// Calls visit(Constant) for each that holds code; the segments are sorted, says elf(5).
template <typename Visit>
void ForEachConstant(const dl_phdr_info& file, Visit visit) {
  Constant constant;
  const auto end_constant = [&] {
    if (constant.code.Size() > 0) visit(constant);
  };
  for (const auto& segment : std::span(file.dlpi_phdr, file.dlpi_phnum)) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const Range pages = PagesOf(file.dlpi_addr, segment);
    if (pages.start != constant.pages.end) {
      end_constant();
      constant = {{pages.start, pages.start}, {}};
    }
    constant.pages.end = pages.end;
    if ((segment.p_flags & PF_X) != 0) constant.code = pages;
  }
  end_constant();
}

// For dl_iterate_phdr(3).
int JoinMappingsOf(dl_phdr_info* file, std::size_t, void*) {
  ForEachConstant(*file, [](const Constant& constant) {
    ::mprotect(constant.pages.Start(), constant.pages.Size(), PROT_READ | PROT_EXEC);
  });
  for (const auto& segment : std::span(file->dlpi_phdr, file->dlpi_phnum)) {
    const Range pages = PagesOf(file->dlpi_addr, segment);
    if (segment.p_type == PT_GNU_RELRO) ::mprotect(pages.Start(), pages.Size(), PROT_READ | PROT_WRITE);
  }
  return 0;
}

struct Search {
  std::uintptr_t function = 0;
  Constant found;
};

// For dl_iterate_phdr(3): what holds the function of a Search, of whichever file.
int FindCode(dl_phdr_info* file, std::size_t, void* data) {
  Search& search = *static_cast<Search*>(data);
  ForEachConstant(*file, [&search](const Constant& constant) {
    const Range& code = constant.code;
    if (search.function >= code.start && search.function < code.end) search.found = constant;
  });
  return search.found.code.Size() > 0 ? 1 : 0;
}

}  // namespace

void JoinMappings() { ::dl_iterate_phdr(JoinMappingsOf, nullptr); }

void MoveCodeToLargePages(const void* function) {
  Search search{reinterpret_cast<std::uintptr_t>(function), {}};
  if (::dl_iterate_phdr(FindCode, &search) == 0) return;
  const auto& [constant, code] = search.found;
  Range large{LargePageUp(std::max(constant.start, LargePageDown(code.start))),
              LargePageDown(std::min(constant.end, LargePageUp(code.end)))};
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

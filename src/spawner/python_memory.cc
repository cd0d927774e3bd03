// SPDX-License-Identifier: Apache-2.0
#include "spawner/python_memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "spawner/large_page.h"
#include "spawner/python_api.h"

namespace sandgate {

namespace {

constexpr std::size_t kReserved = 512 << 20;

// Address space for the arenas of modules that are imported: [start, used) is in use, the rest up to `end`
// not mapped to memory.
struct Region {
  std::uintptr_t start = 0;
  std::uintptr_t used = 0;
  std::uintptr_t end = 0;
};
Region region;

void* AllocArena(void*, std::size_t size) {
  constexpr int kUse = PROT_READ | PROT_WRITE;
  void* arena = reinterpret_cast<void*>(region.used);
  if (region.end - region.used >= size && ::mprotect(arena, size, kUse) == 0) {
    region.used += size;
    return arena;
  }
  arena = ::mmap(nullptr, size, kUse, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return arena == MAP_FAILED ? nullptr : arena;
}

void FreeArena(void*, void* arena, std::size_t size) { ::munmap(arena, size); }

// No more arenas from the region: children take and give back theirs one by one. What there is of it becomes
// large pages, of which one that cannot be had leaves the others. A fork copies a large page's entry and not
// 512, and the kernel divides it when a child first writes to it.
void CloseRegion() {
  const std::uintptr_t whole = LargePageUp(region.used);
  ::mprotect(reinterpret_cast<void*>(region.used), whole - region.used, PROT_READ | PROT_WRITE);
  ::munmap(reinterpret_cast<void*>(whole), region.end - whole);
  for (std::uintptr_t page = region.start; page < whole; page += kLargePage) {
    ::madvise(reinterpret_cast<void*>(page), kLargePage, kCollapse);
  }
  region.used = region.end = whole;
}

// What was freed while modules were imported lies in holes all over the memory that children share; an object
// that a child puts into one has the kernel copy the page around it. So the holes are filled, and children
// allocate from pages that follow one another. Nothing of this is ever freed.
void FillHolesOfMalloc() {
  constexpr std::size_t kLargest = 65536;  // below what malloc(3) maps by itself
  constexpr std::size_t kLarge = 1024;
  constexpr std::size_t kStep = 16;
  const char* const top = static_cast<char*>(::sbrk(0)) - ::mallinfo2().keepcost;
  for (std::size_t size = kLargest; size >= kStep; size = size > kLarge ? size / 2 : size - kStep) {
    const char* volatile block = nullptr;  // else g++ leaves out the calls, as nobody uses what they return
    do {
      block = static_cast<char*>(std::malloc(size));
    } while (block != nullptr && block < top);
  }
}

// The same for CPython's own pools, one for each size up to 512 bytes: full once most of a new one came in a
// row and what comes then does not follow: the start of the next pool, in the page with the words that each
// use of the pool changes. Without such pools (PYTHONMALLOC, a debug build) no size gets that far.
void FillHolesOfPython() {
  constexpr std::size_t kLargest = 512;
  constexpr std::size_t kStep = 16;
  constexpr std::size_t kRow = 3000;      // a pool has 4096 bytes before 3.10, 16384 since
  constexpr std::size_t kMost = 1 << 20;  // bytes of one size
  for (std::size_t size = kStep; size <= kLargest; size += kStep) {
    const char* last = nullptr;
    std::size_t in_a_row = 0;
    bool is_full = false;
    for (std::size_t taken = 0; !is_full; taken += size) {
      const char* const block = taken < kMost ? static_cast<char*>(PyObject_Malloc(size)) : nullptr;
      if (block == nullptr) return;
      const bool follows = block == last + size;
      is_full = !follows && in_a_row >= kRow / size;
      in_a_row = follows ? in_a_row + 1 : 0;
      last = block;
    }
  }
}

}  // namespace

void PutPythonMemoryTogether() {
  void* const space =
      ::mmap(nullptr, kReserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) return;  // arenas lie where the kernel puts them, in small pages
  const auto address = reinterpret_cast<std::uintptr_t>(space);
  region = {LargePageUp(address), LargePageUp(address), LargePageDown(address + kReserved)};
  PyObjectArenaAllocator arenas{nullptr, AllocArena, FreeArena};
  PyObject_SetArenaAllocator(&arenas);
}

void SettlePythonMemory() {
  FillHolesOfPython();
  FillHolesOfMalloc();
  CloseRegion();
}

}  // namespace sandgate

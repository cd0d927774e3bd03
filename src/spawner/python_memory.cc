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

// Address space for the arenas of modules that are imported: what is in use, and up to `reserved` what is not
// mapped to memory.
struct Region {
  Range used;
  std::uintptr_t reserved = 0;
};
Region region;
Range latest_arena;

void* NewArena(std::size_t size) {
  constexpr int kUse = PROT_READ | PROT_WRITE;
  void* arena = reinterpret_cast<void*>(region.used.end);
  if (region.reserved - region.used.end >= size && ::mprotect(arena, size, kUse) == 0) {
    region.used.end += size;
    return arena;
  }
  arena = ::mmap(nullptr, size, kUse, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return arena == MAP_FAILED ? nullptr : arena;
}

void* AllocArena(void*, std::size_t size) {
  void* const arena = NewArena(size);
  const auto start = reinterpret_cast<std::uintptr_t>(arena);
  if (arena != nullptr) latest_arena = {start, start + size};
  return arena;
}

void FreeArena(void*, void* arena, std::size_t size) { ::munmap(arena, size); }

// No more arenas from the region: children take and give back theirs one by one. What there is of it becomes
// large pages, of which one that cannot be had leaves the others. A fork copies a large page's entry and not
// 512, and the kernel divides it when a child first writes to it.
void CloseRegion() {
  const Range last{region.used.end, LargePageUp(region.used.end)};
  ::mprotect(last.Start(), last.Size(), PROT_READ | PROT_WRITE);
  const Range rest{last.end, region.reserved};
  ::munmap(rest.Start(), rest.Size());
  region = {{region.used.start, last.end}, last.end};
  for (Range page = region.used; page.start < region.used.end; page.start += kLargePage) {
    Collapse({page.start, page.start + kLargePage});
  }
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

// The same for CPython's own pools, one for each size up to 512 bytes: each size is used until it has a pool
// in an arena that is made for children. Without such pools (PYTHONMALLOC, a debug build) there is none.
void FillHolesOfPython() {
  constexpr std::size_t kLargest = 512;
  constexpr std::size_t kStep = 16;
  constexpr std::size_t kMost = 16 << 20;  // bytes of one size
  const std::uintptr_t old_arena = latest_arena.start;
  for (std::size_t size = kLargest; size >= kStep; size -= kStep) {
    bool is_full = false;
    for (std::size_t taken = 0; !is_full; taken += size) {
      const auto block = reinterpret_cast<std::uintptr_t>(taken < kMost ? PyObject_Malloc(size) : nullptr);
      if (block == 0) return;
      is_full = latest_arena.start != old_arena && block >= latest_arena.start && block < latest_arena.end;
    }
  }
}

}  // namespace

void PutPythonMemoryTogether() {
  void* const space =
      ::mmap(nullptr, kReserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) return;  // arenas lie where the kernel puts them, in small pages
  const auto address = reinterpret_cast<std::uintptr_t>(space);
  region = {{LargePageUp(address), LargePageUp(address)}, LargePageDown(address + kReserved)};
  PyObjectArenaAllocator arenas{nullptr, AllocArena, FreeArena};
  PyObject_SetArenaAllocator(&arenas);
}

void SettlePythonMemory(int proc_self) {
  CloseRegion();
  FillHolesOfPython();
  FillHolesOfMalloc();
  GatherSmallPages(proc_self);
}

}  // namespace sandgate

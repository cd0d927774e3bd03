// SPDX-License-Identifier: Apache-2.0
#include "spawner/large_page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "base/fd.h"

namespace sandgate {

namespace {

constexpr int kCollapse = 25;  // MADV_COLLAPSE
constexpr std::size_t kKilobyte = 1024;

// A mapping, as /proc/PID/smaps tells of it (proc(5)).
struct Mapping {
  Range range;
  int protection = 0;
  bool is_private = false;
  bool is_stack = false;
  std::size_t anonymous = 0;  // bytes, those in large pages too
  std::size_t large = 0;      // bytes
};

std::string ReadAll(int folder, const char* name) {
  const Fd file(::openat(folder, name, O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16384> buffer{};
  for (ssize_t n = 0; file && (n = ::read(file.get(), buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return text;
}

// The mapping whose first line this is; false: another line.
bool ReadHeader(const std::string& line, Mapping& mapping) {
  unsigned long start = 0;
  unsigned long end = 0;
  std::array<char, 5> access{};
  if (std::sscanf(line.c_str(), "%lx-%lx %4s ", &start, &end, access.data()) != 3) return false;
  mapping = {.range = {start, end}};
  if (access[0] == 'r') mapping.protection |= PROT_READ;
  if (access[1] == 'w') mapping.protection |= PROT_WRITE;
  if (access[2] == 'x') mapping.protection |= PROT_EXEC;
  mapping.is_private = access[3] == 'p';
  mapping.is_stack = line.ends_with("[stack]");
  return true;
}

std::vector<Mapping> ReadMappings(int proc_self) {
  std::istringstream smaps(ReadAll(proc_self, "smaps"));
  std::vector<Mapping> mappings;
  Mapping mapping;
  for (std::string line; std::getline(smaps, line);) {
    std::size_t kilobytes = 0;
    if (ReadHeader(line, mapping)) {
      mappings.push_back(mapping);
    } else if (!mappings.empty() && std::sscanf(line.c_str(), "Anonymous: %zu kB", &kilobytes) == 1) {
      mappings.back().anonymous = kilobytes * kKilobyte;
    } else if (!mappings.empty() && std::sscanf(line.c_str(), "AnonHugePages: %zu kB", &kilobytes) == 1) {
      mappings.back().large = kilobytes * kKilobyte;
    }
  }
  return mappings;
}

// Whether copying costs little for what it saves: enough small pages, and not much besides.
bool IsWorthIt(const Mapping& mapping) {
  constexpr std::size_t kLeast = 64 << 10;
  const int access = mapping.protection;
  return mapping.is_private && !mapping.is_stack &&
         (access == PROT_READ || access == (PROT_READ | PROT_WRITE)) && mapping.large == 0 &&
         mapping.anonymous >= kLeast && mapping.anonymous > mapping.range.Size() / 4 * 3;
}

// Moves a copy, of the same content, to where its original is, which goes. One that is sealed (mseal(2))
// stays.
void PutInPlace(Range copy, const Mapping& original) {
  void* const place = original.range.Start();
  if (::mprotect(copy.Start(), copy.Size(), original.protection) == 0) {
    if (::mremap(copy.Start(), copy.Size(), copy.Size(), MREMAP_MAYMOVE | MREMAP_FIXED, place) != MAP_FAILED)
      return;
    if (errno != EPERM) std::abort();  // there may be nothing to return to
  }
  ::munmap(copy.Start(), copy.Size());
}

}  // namespace

bool Collapse(Range range) { return ::madvise(range.Start(), range.Size(), kCollapse) == 0; }

Range ReserveLargePages(std::size_t size) {
  size = LargePageUp(size);
  void* const space = ::mmap(nullptr, size + kLargePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED) return {};
  const auto address = reinterpret_cast<std::uintptr_t>(space);
  const Range before{address, LargePageUp(address)};
  const Range pages{before.end, before.end + size};
  const Range after{pages.end, address + size + kLargePage};
  for (const Range& rest : {before, after}) {
    if (rest.Size() > 0) ::munmap(rest.Start(), rest.Size());
  }
  return pages;
}

void GatherSmallPages(int proc_self) {
  std::vector<Mapping> chosen;
  std::size_t size = 0;
  for (const Mapping& mapping : ReadMappings(proc_self)) {
    if (!IsWorthIt(mapping)) continue;
    chosen.push_back(mapping);
    size += mapping.range.Size();
  }
  const Range copies = ReserveLargePages(size);
  // From here on nothing that is copied may change, so nothing is allocated.
  if (copies.Size() == 0 || ::mprotect(copies.Start(), copies.Size(), PROT_READ | PROT_WRITE) != 0) return;
  Range copy = copies;
  for (const Mapping& mapping : chosen) {
    std::memcpy(copy.Start(), mapping.range.Start(), mapping.range.Size());
    copy.start += mapping.range.Size();
  }
  const bool are_made = Collapse(copies);
  copy = copies;
  for (const Mapping& mapping : chosen) {
    if (!are_made) break;
    PutInPlace({copy.start, copy.start + mapping.range.Size()}, mapping);
    copy.start += mapping.range.Size();
  }
  if (copy.Size() > 0) ::munmap(copy.Start(), copy.Size());
}

}  // namespace sandgate

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
#include <span>
#include <string_view>

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

// Those that are to be copied.
struct Mappings {
  std::array<Range, 64> ranges;
  std::array<int, 64> protections{};
  std::size_t count = 0;
};

// The text of smaps, in memory of its own: what is to be copied must not change any more, so nothing is
// allocated.
class Smaps {
 public:
  explicit Smaps(int proc_self) : text_(::mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, kFlags, -1, 0)) {
    const Fd file(text_ != MAP_FAILED ? ::openat(proc_self, "smaps", O_RDONLY | O_CLOEXEC) : -1);
    char* const begin = static_cast<char*>(text_);
    for (ssize_t n = 0; file && (n = ::read(file.get(), begin + size_, kRoom - 1 - size_)) > 0;) {
      size_ += static_cast<std::size_t>(n);
    }
  }
  Smaps(const Smaps&) = delete;
  Smaps& operator=(const Smaps&) = delete;
  ~Smaps() {
    if (text_ != MAP_FAILED) ::munmap(text_, kRoom);
  }

  // The next line, ended by a zero; null at the end.
  char* NextLine() {
    if (next_ >= size_) return nullptr;
    char* const line = static_cast<char*>(text_) + next_;
    auto* const end = static_cast<char*>(std::memchr(line, '\n', size_ - next_));
    if (end == nullptr) return nullptr;
    *end = '\0';
    next_ += static_cast<std::size_t>(end - line) + 1;
    return line;
  }

 private:
  static constexpr std::size_t kRoom = 8 << 20;  // about a kilobyte for each mapping; of more, the last stay
  static constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

  void* text_;
  std::size_t size_ = 0;
  std::size_t next_ = 0;
};

// The mapping whose first line this is; false: another line.
bool ReadHeader(const char* line, Mapping& mapping) {
  Range range;
  std::array<char, 5> access{};
  if (std::sscanf(line, "%lx-%lx %4s ", &range.start, &range.end, access.data()) != 3) return false;
  mapping = {.range = range};
  if (access[0] == 'r') mapping.protection |= PROT_READ;
  if (access[1] == 'w') mapping.protection |= PROT_WRITE;
  if (access[2] == 'x') mapping.protection |= PROT_EXEC;
  mapping.is_private = access[3] == 'p';
  mapping.is_stack = std::string_view(line).ends_with("[stack]");
  return true;
}

// Whether copying costs little for what it saves: enough small pages, and not much besides.
bool IsWorthIt(const Mapping& mapping) {
  constexpr std::size_t kLeast = 64 << 10;
  const int access = mapping.protection;
  return mapping.is_private && !mapping.is_stack &&
         (access == PROT_READ || access == (PROT_READ | PROT_WRITE)) && mapping.large == 0 &&
         mapping.anonymous >= kLeast && mapping.anonymous > mapping.range.Size() / 4 * 3;
}

Mappings ChooseMappings(int proc_self) {
  Smaps smaps(proc_self);
  Mappings mappings;
  Mapping mapping;
  const auto end_mapping = [&] {
    if (!IsWorthIt(mapping) || mappings.count == mappings.ranges.size()) return;
    mappings.ranges[mappings.count] = mapping.range;
    mappings.protections[mappings.count++] = mapping.protection;
  };
  while (const char* line = smaps.NextLine()) {
    Mapping next;
    std::size_t kilobytes = 0;
    if (ReadHeader(line, next)) {
      end_mapping();
      mapping = next;
    } else if (std::sscanf(line, "Anonymous: %zu kB", &kilobytes) == 1) {
      mapping.anonymous = kilobytes * kKilobyte;
    } else if (std::sscanf(line, "AnonHugePages: %zu kB", &kilobytes) == 1) {
      mapping.large = kilobytes * kKilobyte;
    }
  }
  end_mapping();
  return mappings;
}

// Address space for `size` bytes, rounded up to large pages, without access; empty where there is none.
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

}  // namespace

bool Collapse(Range range) { return ::madvise(range.Start(), range.Size(), kCollapse) == 0; }

Range CopyInLargePages(std::span<const Range> ranges) {
  std::size_t size = 0;
  for (const Range& range : ranges) size += range.Size();
  const Range copies = ReserveLargePages(size);
  if (copies.Size() == 0) return {};
  if (::mprotect(copies.Start(), copies.Size(), PROT_READ | PROT_WRITE) == 0) {
    Range copy = copies;
    for (const Range& range : ranges) {
      std::memcpy(copy.Start(), range.Start(), range.Size());
      copy.start += range.Size();
    }
    if (Collapse(copies)) return copies;
  }
  ::munmap(copies.Start(), copies.Size());
  return {};
}

bool Replace(std::uintptr_t place, Range copy) {
  void* const to = reinterpret_cast<void*>(place);
  if (::mremap(copy.Start(), copy.Size(), copy.Size(), MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED)
    return true;
  if (errno != EPERM) std::abort();  // there may be nothing to return to
  return false;                      // what is there is sealed (mseal(2))
}

void GatherSmallPages(int proc_self) {
  const Mappings mappings = ChooseMappings(proc_self);
  const std::span<const Range> ranges = std::span(mappings.ranges).first(mappings.count);
  Range copy = CopyInLargePages(ranges);
  for (std::size_t i = 0; i < ranges.size() && copy.Size() > 0; ++i) {
    const Range one{copy.start, copy.start + ranges[i].Size()};
    const bool is_there =
        ::mprotect(one.Start(), one.Size(), mappings.protections[i]) == 0 && Replace(ranges[i].start, one);
    if (!is_there) ::munmap(one.Start(), one.Size());
    copy.start = one.end;
  }
  if (copy.Size() > 0) ::munmap(copy.Start(), copy.Size());
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "spawner/large_page.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <span>
#include <string>

#include "base/fd.h"

namespace sandgate {
namespace {

constexpr std::size_t kSize = 1 << 20;

// Memory of a mapping of its own, all of it `fill`.
std::span<char> Map(char fill) {
  void* const memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, fill, kSize);
  return {static_cast<char*>(memory), kSize};
}

bool IsAll(std::span<const char> memory, char fill) {
  return std::ranges::all_of(memory, [fill](char c) { return c == fill; });
}

// Of the mapping that begins there; empty where none does.
std::string AccessOf(const void* start) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (std::stoul(line, nullptr, 16) == reinterpret_cast<std::uintptr_t>(start)) {
      return line.substr(line.find(' ') + 1, 4);
    }
  }
  return "";
}

// Gathers the memory of this process; what does not hold then, in words.
std::string Fault() {
  const std::span<char> changed = Map('c');
  const std::span<char> constant = Map('k');
  ::mprotect(constant.data(), constant.size(), PROT_READ);
  const std::string kept(kSize / 16, 'h');  // in the heap
  const Fd proc_self(::open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const void* const end_of_heap = ::sbrk(0);
  GatherSmallPages(proc_self.get());
  if (::sbrk(0) != end_of_heap) return "the heap has changed while it was copied";
  if (!IsAll(changed, 'c') || !IsAll(constant, 'k') || !IsAll(kept, 'h')) return "another content";
  if (AccessOf(constant.data()) != "r--p") return "another access";
  std::ranges::fill(changed, 'd');
  const std::string more(kSize / 16, 'm');
  return IsAll(changed, 'd') && IsAll(more, 'm') ? "" : "not to be written to";
}

TEST(LargePage, WhatIsGatheredKeepsItsContentAndItsAccess) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "moves the memory of the sanitizer";
#endif
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string fault = Fault();
    static_cast<void>(::write(STDERR_FILENO, fault.data(), fault.size()));
    ::_exit(fault.empty() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace sandgate

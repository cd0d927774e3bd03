// SPDX-License-Identifier: Apache-2.0
// What a process that lives has used is what its end would tell.
#include "sandbox/process_use.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <vector>

#include "base/fd.h"
#include "base/sys.h"

namespace sandgate {
namespace {

constexpr std::size_t kMemory = 64 << 20;

// Has memory for a moment, and time; then tells on `ready` and waits for its end.
[[noreturn]] void Use(int ready) {
  void* const memory = ::mmap(nullptr, kMemory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, 1, kMemory);
  ::munmap(memory, kMemory);
  while (std::clock() < CLOCKS_PER_SEC / 5) {
  }
  static_cast<void>(::write(ready, "x", 1));
  for (;;) ::pause();
}

TEST(ProcessUse, OfOneThatLivesIsWhatItsEndTells) {
  const sys::PipeEnds pipe = sys::Pipe(sys::PipeEnd::kWrite);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) Use(pipe.write.get());
  char byte = 0;
  ASSERT_EQ(::read(pipe.read.get(), &byte, 1), 1);
  const bool counts_io = ::access("/proc/self/io", F_OK) == 0;
  const auto alive = UseOf(child, std::nullopt, counts_io);
  ::kill(child, SIGKILL);
  int status = 0;
  rusage usage{};
  ASSERT_EQ(::wait4(child, &status, 0, &usage), child);
  ASSERT_TRUE(alive);
  const ProcessUse ended = UseOf(usage);
  const auto difference = ended.processor_time - alive->processor_time;
  EXPECT_GT(alive->processor_time, std::chrono::milliseconds(190));
  EXPECT_LT(std::chrono::abs(difference), std::chrono::milliseconds(30));
  EXPECT_GT(alive->max_rss_bytes, kMemory);
  EXPECT_NEAR(static_cast<double>(alive->max_rss_bytes), static_cast<double>(ended.max_rss_bytes), 1 << 20);
  EXPECT_EQ(alive->read_bytes, ended.read_bytes);
  EXPECT_EQ(alive->written_bytes, ended.written_bytes);
}

TEST(ProcessUse, OfNoProcessIsNothing) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_FALSE(UseOf(child, std::nullopt, false));
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Cgroups of this machine's kernel, as far as it has them and lets us: skipped elsewhere.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include "base/sys.h"
#include "base/text.h"
#include "jail/locks.h"
#include "sandbox/cgroups.h"
#include "sandbox/probe.h"

namespace sandgate {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr CgroupLimits kLimits{32 * kMiB, 8};

CgroupPlace Place() { return FindCgroups({.attempt = TryCgroup}); }

// Shared memory, which RLIMIT_DATA does not see.
int UseMemory(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  for (std::size_t at = 0; at < bytes; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
  return 0;
}

// Makes `child` run in the cgroup as a spawner does; its wait status.
int RunIn(const RunCgroup& cgroup, int version, int (*child)()) {
  const std::vector<int> entries = cgroup.entries();
  clone_args args{};
  args.exit_signal = SIGCHLD;
  if (version == 2) {
    args.flags = CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(entries[0]);
  }
  const long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    if (version == 1 && lock::EnterCgroups(entries) != 0) ::_exit(99);
    ::_exit(child());
  }
  int status = -1;
  if (pid > 0) ::waitpid(static_cast<pid_t>(pid), &status, 0);
  return status;
}

class KernelsCgroups : public testing::Test {
 protected:
  void SetUp() override {
    if (place_.memory.empty() || place_.pids.empty() || place_.moves) GTEST_SKIP() << place_.reason;
  }
  CgroupPlace place_ = Place();
};

TEST_F(KernelsCgroups, EndARunThatUsesMoreMemory) {
  Cgroups cgroups(place_, kLimits);
  const auto cgroup = cgroups.Take(1);
  const int over = RunIn(*cgroup, place_.version, [] { return UseMemory(64 * kMiB); });
  EXPECT_TRUE(WIFSIGNALED(over) && WTERMSIG(over) == SIGKILL) << over;
  EXPECT_TRUE(cgroup->Use().memory_reached);
  ASSERT_EQ(cgroups.Take(1), cgroup);
  EXPECT_FALSE(cgroup->Use().memory_reached);
  const int within = RunIn(*cgroup, place_.version, [] { return UseMemory(16 * kMiB); });
  EXPECT_EQ(within, 0);
  EXPECT_FALSE(cgroup->Use().memory_reached);
  if (const auto peak = cgroup->Use().peak_memory_bytes) {
    EXPECT_GE(*peak, 16 * kMiB);
    EXPECT_LT(*peak, 32 * kMiB);
  }
}

TEST_F(KernelsCgroups, EndAProcessTooMany) {
  Cgroups cgroups(place_, kLimits);
  const auto cgroup = cgroups.Take(1);
  const int status = RunIn(*cgroup, place_.version, [] {
    int forked = 0;
    while (forked < 100) {
      const pid_t pid = ::fork();
      if (pid == 0) ::_exit(::pause());
      if (pid < 0) break;
      ++forked;
    }
    ::signal(SIGTERM, SIG_IGN);
    return forked;
  });
  EXPECT_EQ(WEXITSTATUS(status), 7);  // and itself
  EXPECT_FALSE(cgroups.Take(1)) << "they are still in it, and are killed now";
}

TEST_F(KernelsCgroups, ThatWereRemovedLetNobodyInAndAreMadeAgain) {
  Cgroups cgroups(place_, kLimits);
  const auto gone = cgroups.Take(1);
  const std::string link = "/proc/self/fd/" + std::to_string(gone->entries()[0]);
  std::filesystem::path folder = std::filesystem::read_symlink(link);
  if (place_.version == 1) folder = folder.parent_path();
  ASSERT_EQ(RemoveCgroup(folder), 0);
  const int status = RunIn(*gone, place_.version, [] { return 0; });
  EXPECT_TRUE(status == -1 || WEXITSTATUS(status) == 99) << status;
  EXPECT_FALSE(gone->Use().memory_reached);
  const auto made = cgroups.Take(1);
  ASSERT_TRUE(made);
  EXPECT_EQ(RunIn(*made, place_.version, [] { return 0; }), 0);
}

// Seconds of processor time of a child, to its end.
double ProcessorSeconds(pid_t pid) {
  int status = 0;
  rusage used{};
  ::wait4(pid, &status, 0, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

// A busy child in the cgroup, on processor 0, until it is killed.
pid_t StartBusy(const RunCgroup& cgroup) {
  const std::vector<int> entries = cgroup.entries();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0 || lock::EnterCgroups(entries) != 0) ::_exit(99);
  while (::getppid() != 0) {
  }
  ::_exit(98);
}

TEST_F(KernelsCgroups, GiveARunWithManyProcessesNoMoreOfTheProcessorThanOneWithOne) {
  if (place_.cpu.empty() || place_.version != 1) GTEST_SKIP() << place_.reason;
  Cgroups cgroups(place_, {.processes = 64});
  const auto innocent = cgroups.Take(1);
  const auto bomb = cgroups.Take(2);
  std::vector<pid_t> busy(15);
  for (pid_t& pid : busy) pid = StartBusy(*bomb);
  const pid_t one = StartBusy(*innocent);
  ::usleep(1'500'000);
  for (const pid_t pid : busy) ::kill(pid, SIGKILL);
  ::kill(one, SIGKILL);
  const double mine = ProcessorSeconds(one);
  double theirs = 0;
  for (const pid_t pid : busy) theirs += ProcessorSeconds(pid);
  EXPECT_GT(mine, theirs / 3) << mine << " s against " << theirs << " s";  // by processes it is a fifteenth
}

TEST_F(KernelsCgroups, AreAllRemovedWithWhatRunsInThem) {
  std::string folder;
  pid_t pid = -1;
  {
    Cgroups cgroups(place_, kLimits);
    const auto cgroup = cgroups.Take(1);
    const std::vector<int> entries = cgroup->entries();
    folder = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(entries[0]));
    pid = ::fork();
    if (pid == 0) {
      if (place_.version == 1) lock::EnterCgroups(entries);
      ::_exit(::pause());
    }
    while (place_.version == 1 && sys::ReadFile(folder).value_or("").empty()) ::usleep(1000);
    if (place_.version == 2) ::kill(pid, SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_FALSE(std::filesystem::exists(folder));
}

// Version 2 without any controller, which every kernel with a cgroup2 mount has.
TEST(KernelsVersion2, HasProcessesBornInACgroupAndKillsThemAll) {
  const std::string home = "/sys/fs/cgroup/unified";
  const std::string root = std::filesystem::exists(home) ? home : "/sys/fs/cgroup";
  const std::string folder = root + "/sandgate-test-" + RandomHex(8);
  if (!std::filesystem::exists(root + "/cgroup.controllers") || TryCgroup(root, 2) != 0)
    GTEST_SKIP() << "no writable cgroup v2";
  ASSERT_TRUE(std::filesystem::create_directory(folder));
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  clone_args args{};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(fd.get());
  const long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) ::_exit(::pause());
  EXPECT_EQ(ProcessesIn(folder), std::vector<int>{static_cast<int>(pid)});
  KillProcessesIn(folder);
  int status = 0;
  ASSERT_EQ(::waitpid(static_cast<pid_t>(pid), &status, 0), pid);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_EQ(RemoveCgroupTree(folder), 0);
  EXPECT_LT(::syscall(SYS_clone3, &args, sizeof args), 0) << "one that is gone lets nobody in";
}

}  // namespace
}  // namespace sandgate

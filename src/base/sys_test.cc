// SPDX-License-Identifier: Apache-2.0
#include "base/sys.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sandgate {
namespace {

// Forks a process that sleeps until it is killed; `flags` of clone(2).
pid_t Sleeper(int flags) {
  const auto pid =
      static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid == 0) {
    for (;;) ::pause();
  }
  return pid;
}

// Of those in a pid namespace of their own: a child in ours may be somebody else's.
TEST(Sys, ChildrenWithoutAPidfdAreFound) {
  const pid_t held = Sleeper(CLONE_NEWPID);
  if (held < 0) GTEST_SKIP() << "no pid namespaces";
  const pid_t unheld = Sleeper(CLONE_NEWPID);
  const pid_t neighbour = Sleeper(0);
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, held, 0)));
  const pid_t ended = ::fork();
  if (ended == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT), 0);
  const std::set<pid_t> found = sys::UnheldChildren();
  for (const pid_t pid : {held, unheld, neighbour, ended}) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  EXPECT_EQ(found, (std::set<pid_t>{unheld, ended}));
}

TEST(Sys, ProcessorsAreThoseOfTheMachine) {
  EXPECT_EQ(sys::Processors(), static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN)));
}

TEST(Sys, ReapingOrphansDoesNotWaitForThoseThatLive) {
  sys::PipeEnds pipe = sys::Pipe(sys::PipeEnd::kWrite);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 0;
    pipe.write.reset();
    ::_exit(::read(pipe.read.get(), &byte, 1) == 0 ? 0 : 1);
  }
  EXPECT_FALSE(sys::ReapOrphans(::getuid()));
  EXPECT_TRUE(sys::ReapOrphans(::getuid() + 1));  // it is no child of that uid
  pipe.write.reset();
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(sys::ReapOrphans(::getuid()));
  EXPECT_EQ(::waitpid(child, nullptr, 0), -1);  // it has been reaped
}

}  // namespace
}  // namespace sandgate

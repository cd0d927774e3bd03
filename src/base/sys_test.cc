// SPDX-License-Identifier: Apache-2.0
#include "base/sys.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sandgate {
namespace {

// Forks a process that sleeps until it is killed.
pid_t Sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (;;) ::pause();
  }
  return pid;
}

TEST(Sys, ChildrenWithoutAPidfdAreFound) {
  const pid_t held = Sleeper();
  const pid_t unheld = Sleeper();
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, held, 0)));
  const std::set<pid_t> found = sys::UnheldChildren();
  for (const pid_t pid : {held, unheld}) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  EXPECT_TRUE(found.contains(unheld));
  EXPECT_FALSE(found.contains(held));
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

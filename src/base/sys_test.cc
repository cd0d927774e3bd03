// SPDX-License-Identifier: Apache-2.0
#include "base/sys.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sandgate {
namespace {

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

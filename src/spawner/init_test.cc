// SPDX-License-Identifier: Apache-2.0
#include "spawner/init.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/sys.h"

namespace sandgate {
namespace {

constexpr int kInits = 200;  // many more than there are stacks
constexpr unsigned kSeconds = 60;

// Each is killed before it had the time to settle, as that of a short run on a busy machine.
[[noreturn]] void StartAndKill() {
  ::alarm(kSeconds);  // without a stack StartInit would wait for ever
  const auto [server, spawner] = sys::SeqpacketPair();
  for (int i = 0; i < kInits; ++i) {
    const Cloned init = StartInit({.server = spawner.get()});
    if (init.pid < 0) ::_exit(1);
    sys::SendSignal(init.pidfd.get(), SIGKILL);
  }
  ::_exit(0);
}

TEST(InitTest, StacksOfThoseThatWereKilledEarlyAreUsedAgain) {
  const pid_t spawner = ::fork();
  if (spawner == 0) StartAndKill();
  int status = -1;
  EXPECT_EQ(spawner, ::waitpid(spawner, &status, 0));
  EXPECT_EQ(0, status);
  while (::waitpid(-1, nullptr, __WALL) > 0) {  // the inits are this process's children
  }
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "spawner/init.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

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

volatile std::sig_atomic_t handled = 0;

// Whether the process sleeps on though the signal has come to it.
bool SleepsThrough(pid_t process, int signal) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  bool sleeps = false;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("State:")) sleeps = line.find("S (sleeping)") != std::string::npos;
    if (!line.starts_with("ShdPnd:")) continue;
    return sleeps && (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1) != 0;
  }
  return false;
}

// 0 where an init is left alone by a signal that this process has a handler for.
[[noreturn]] void StartAndSignal(int signal) {
  ::alarm(kSeconds);
  struct sigaction action {};
  action.sa_handler = [](int) { handled = 1; };
  const sigset_t none{};
  if (::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, 8) != 0) ::_exit(3);
  if (::sigaction(signal, &action, nullptr) != 0) ::_exit(3);
  const auto [server, spawner] = sys::SeqpacketPair();
  const Cloned init = StartInit({.server = spawner.get()});
  sys::SendSignal(init.pidfd.get(), signal);
  while (handled == 0 && !SleepsThrough(init.pid, signal)) ::usleep(1000);
  const bool alone = handled == 0;
  sys::SendSignal(init.pidfd.get(), SIGKILL);
  ::raise(signal);
  ::_exit(alone && handled == 1 ? 0 : 1);
}

int StatusOf(pid_t spawner) {
  int status = -1;
  EXPECT_EQ(spawner, ::waitpid(spawner, &status, 0));
  while (::waitpid(-1, nullptr, __WALL) > 0) {  // the inits are this process's children
  }
  return status;
}

TEST(InitTest, NoHandlerOfTheSpawnerRunsInAnInit) {
  for (const int signal : {SIGINT, SIGUSR1, SIGRTMAX}) {
    const pid_t spawner = ::fork();
    if (spawner == 0) StartAndSignal(signal);
    EXPECT_EQ(0, StatusOf(spawner)) << signal;
  }
}

TEST(InitTest, StacksOfThoseThatWereKilledEarlyAreUsedAgain) {
  const pid_t spawner = ::fork();
  if (spawner == 0) StartAndKill();
  EXPECT_EQ(0, StatusOf(spawner));
}

}  // namespace
}  // namespace sandgate

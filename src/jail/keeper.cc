// SPDX-License-Identifier: Apache-2.0
#include "jail/keeper.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>

#include "jail/jail.h"

namespace sandgate {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

enum class State { kStarting, kAsleep, kFailed };

alignas(64) std::array<char, 16384> stack;
std::atomic<State> state;

bool AllowOnlySleep() {
  const sock_filter only_sleep[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ppoll, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program{std::size(only_sleep), const_cast<sock_filter*>(only_sleep)};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Shares errno with the run, and so calls nothing that sets it where all goes well, and no cancellation
// point.
int KeeperMain(void*) {
  sigset_t all;
  ::sigfillset(&all);
  pollfd server{kControlFd, 0, 0};
  timespec now{};
  // A server that died before the second line shows as a hang-up.
  const bool ready = ::sigprocmask(SIG_SETMASK, &all, nullptr) == 0 &&
                     ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
                     ::syscall(SYS_ppoll, &server, 1, &now, nullptr, 0) == 0 &&
                     ::syscall(SYS_close_range, 0U, ~0U, 0) == 0 && AllowOnlySleep();
  if (!ready) {
    state.store(State::kFailed);
    ::syscall(SYS_exit, 1);
  }
  state.store(State::kAsleep);
  for (;;) ::syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
}

}  // namespace

int StartKeeper(int& pidfd) {
  state.store(State::kStarting);
  // clone(2): with CLONE_PARENT the exit signal is that of this process.
  const pid_t pid = ::clone(KeeperMain, stack.data() + stack.size(), CLONE_VM | CLONE_PARENT | CLONE_PIDFD,
                            nullptr, &pidfd);
  return pid < 0 ? errno : 0;
}

int AwaitKeeper() {
  while (state.load() == State::kStarting) ::sched_yield();  // a few system calls
  return state.load() == State::kAsleep ? 0 : ECANCELED;
}

}  // namespace sandgate

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
#include <csignal>
#include <cstddef>
#include <cstdint>

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
pid_t run = -1;

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
  const bool ready = ::sigprocmask(SIG_SETMASK, &all, nullptr) == 0 &&
                     ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
                     ::getppid() == run &&  // it has not died before the line above
                     ::syscall(SYS_close_range, 0U, ~0U, 0) == 0 && AllowOnlySleep();
  if (!ready) {
    state.store(State::kFailed);
    ::syscall(SYS_exit, 1);
  }
  state.store(State::kAsleep);
  for (;;) ::syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
}

}  // namespace

int StartKeeper() {
  run = ::getpid();
  state.store(State::kStarting);
  int pidfd = -1;
  // No exit signal: wait(2) of user code does not see it (__WCLONE).
  const pid_t pid = ::clone(KeeperMain, stack.data() + stack.size(), CLONE_VM | CLONE_PIDFD, nullptr, &pidfd);
  return pid < 0 ? -1 : pidfd;
}

bool AwaitKeeper(int keeper) {
  pollfd ended{keeper, POLLIN, 0};
  while (state.load() == State::kStarting && ::poll(&ended, 1, 0) == 0) ::sched_yield();
  return state.load() == State::kAsleep;
}

}  // namespace sandgate

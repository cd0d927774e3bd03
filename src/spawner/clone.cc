// SPDX-License-Identifier: Apache-2.0
#include "spawner/clone.h"

#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace sandgate {

namespace {

constexpr int kGetTidAddress = 40;  // PR_GET_TID_ADDRESS, 3.5

long CloneClassic(std::uint64_t flags, int* pidfd, pid_t* thread_id) {
  const std::uint64_t signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
  // The order of the last two arguments, child_tid and tls, differs between architectures (clone(2)).
#if defined(__x86_64__)
  return ::syscall(SYS_clone, flags | signal, nullptr, pidfd, thread_id, nullptr);
#else
  return ::syscall(SYS_clone, flags | signal, nullptr, pidfd, nullptr, thread_id);
#endif
}

}  // namespace

Cloned Clone(const CloneRequest& request) {
  int pidfd = -1;
  clone_args args{};
  args.flags = request.flags | CLONE_PIDFD;
  if (request.thread_id != nullptr) args.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.child_tid = reinterpret_cast<std::uint64_t>(request.thread_id);
  // clone3(2): exit_signal must be 0 with CLONE_PARENT.
  args.exit_signal = (request.flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
  if (request.cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(request.cgroup);
  }
  long pid = ::syscall(SYS_clone3, &args, sizeof args);
  // Only clone3 can put a child into a cgroup: never one outside it instead.
  if (pid < 0 && request.cgroup < 0 && (errno == ENOSYS || errno == EPERM)) {
    pid = CloneClassic(args.flags, &pidfd, request.thread_id);
  }
  Cloned cloned;
  cloned.pid = static_cast<pid_t>(pid);
  if (pid > 0) cloned.pidfd = Fd(pidfd);
  return cloned;
}

pid_t* ThreadIdAddress() {
  pid_t* address = nullptr;
  return ::prctl(kGetTidAddress, &address, 0, 0, 0) == 0 ? address : nullptr;
}

}  // namespace sandgate

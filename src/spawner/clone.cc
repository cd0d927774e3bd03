// SPDX-License-Identifier: Apache-2.0
#include "spawner/clone.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace sandgate {

namespace {

long CloneClassic(std::uint64_t flags, int* pidfd) {
  // The order of the last two arguments differs between architectures; both are unused here.
  return ::syscall(SYS_clone, flags | CLONE_PIDFD | ((flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD), nullptr,
                   pidfd, nullptr, nullptr);
}

}  // namespace

Cloned Clone(std::uint64_t flags) {
  int pidfd = -1;
  clone_args args{};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  // clone3(2): exit_signal must be 0 with CLONE_PARENT.
  args.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
  long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0 && (errno == ENOSYS || errno == EPERM)) pid = CloneClassic(flags, &pidfd);
  Cloned cloned;
  cloned.pid = static_cast<pid_t>(pid);
  if (pid > 0) cloned.pidfd = Fd(pidfd);
  return cloned;
}

}  // namespace sandgate

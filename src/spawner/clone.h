// SPDX-License-Identifier: Apache-2.0
// clone3(2) as a plain function, with clone(2) where a container's seccomp profile answers ENOSYS.
#pragma once
#include <sys/types.h>

#include <cstdint>

#include "base/fd.h"

namespace sandgate {

struct Cloned {
  pid_t pid = -1;  // 0 in the child, -1 with errno set on failure
  Fd pidfd;        // in the parent, close-on-exec
};

// A copy of this process (no shared memory) with `flags` (CLONE_*) and CLONE_PIDFD. The exit signal is
// SIGCHLD; with CLONE_PARENT it is that of this process, as the kernel has it.
Cloned Clone(std::uint64_t flags);

}  // namespace sandgate

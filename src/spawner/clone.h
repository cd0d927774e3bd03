// SPDX-License-Identifier: Apache-2.0
// clone3(2) as a plain function, with clone(2) where a container's seccomp profile answers ENOSYS (and no
// cgroup is asked for).
#pragma once
#include <sys/types.h>

#include <cstdint>

#include "base/fd.h"

namespace sandgate {

struct CloneRequest {
  std::uint64_t flags = 0;  // CLONE_*
  // Where the C library keeps the id of the calling thread: the child finds its own there. Needed where
  // the child goes on to use the C library's threads; null elsewhere.
  pid_t* thread_id = nullptr;
  int cgroup = -1;  // folder of the cgroup (version 2) in which the child is born; -1: this process's
};

struct Cloned {
  pid_t pid = -1;  // 0 in the child, -1 with errno set on failure
  Fd pidfd;        // in the parent, close-on-exec
};

// A copy of this process (no shared memory), with CLONE_PIDFD. The exit signal is SIGCHLD; with
// CLONE_PARENT it is that of this process, as the kernel has it.
Cloned Clone(const CloneRequest& request);

// The address for CloneRequest::thread_id of this thread, or null where the kernel does not tell.
pid_t* ThreadIdAddress();

}  // namespace sandgate

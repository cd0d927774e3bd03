// SPDX-License-Identifier: Apache-2.0
// A second process for each run: it shares the memory of the run (CLONE_VM), is in its namespaces, and
// sleeps. The kernel takes memory and namespaces down in the exit of whoever leaves them last, before that
// exit can be waited for (exit_mm and exit_task_namespaces come before exit_notify): 2 ms for a warmed
// interpreter. With a keeper that is the keeper's exit, which no answer waits for. An execve leaves it the
// namespaces only.
//
// User code shares its memory, and so could write to its stack. It is a process of the run, under the same
// locks, but its own system call filter lets it only sleep: whoever made it run would have gained a thread
// that can make no system call, until the run ends: the kernel kills it then (PR_SET_PDEATHSIG), and so does
// the server, as a run that has restricted itself further (LANDLOCK_SCOPE_SIGNAL) holds the kernel's signal
// back.
//
// It only saves time: where it cannot be started or confined the run goes on without.
#pragma once

namespace sandgate {

// To be called when every lock but the filter is in force. Returns the keeper's pidfd (close-on-exec) or -1.
int StartKeeper();
// Waits until the keeper of that pidfd is confined and asleep: a few system calls of its own. False: it has
// ended instead.
bool AwaitKeeper(int keeper);

}  // namespace sandgate

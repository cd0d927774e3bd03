// SPDX-License-Identifier: Apache-2.0
// The supervisor's end of seccomp user notification (seccomp_unotify(2)): receives refused calls of a
// run and answers them. The caller polls the listener for reading before it receives.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "policy/explain.h"

namespace sandgate {

struct Notification {
  std::uint64_t id = 0;
  pid_t pid = 0;  // thread id in the server's pid namespace
  RefusedCall call;
};

// execve(2) as this machine's programs call it.
bool IsExecve(const RefusedCall& call);

// The end of a forked run (policy/end_mark.h); its status is the first argument.
bool IsToldEnd(const RefusedCall& call);

// Nothing when no call is waiting (its process may have been killed since the poll).
std::optional<Notification> ReceiveNotification(int listener);

// Whether the thread still waits for the answer: only then is its number the same thread's for sure.
bool StillWaits(int listener, std::uint64_t id);

// The call returns -1 with `errno_value`. A call whose process has gone is passed over.
void RefuseCall(int listener, std::uint64_t id, int errno_value);

// The call is carried out by the kernel, which reads arguments in memory again, after the decision
// (SECCOMP_USER_NOTIF_FLAG_CONTINUE). Only for a process that still runs our own code, or where the decision
// was made from the numbers in the registers alone.
void LetCallGoOn(int listener, std::uint64_t id);

// Reads memory of thread `pid`, whose uid is `uid` (the server takes that uid for the file check, as it
// may lack CAP_SYS_PTRACE). For information only: the process can change it at any time. Nothing when it
// cannot be read, or when the notification `id` is no longer valid, that is, `pid` may be another process.
std::optional<std::string> ReadMemory(int listener, const Notification& of, std::uint64_t address,
                                      std::size_t size, std::optional<std::uint32_t> uid);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// What a child does to itself between clone and user code. Runs in the child only.
//
// Nothing here allocates, throws, logs or touches stdio: the child may be the copy of a process whose
// locks are in any state. Each lock returns 0 or an errno; the first failure ends the jail, and the
// caller reports step and errno to the server, which answers the request with them. The one exception is
// the hook of a fork server (Filter::before), which comes when every lock but the filter is in force.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "jail/plan.h"

namespace sandgate {

// The steps of the jail, in order. The numbers travel to the server: append only at the end of a group.
enum class Step : std::uint32_t {
  kCgroup,
  kNetwork,
  kSession,
  kHostname,
  kRoot,
  kPackages,
  kTmp,
  kProc,
  kScratch,
  kLimits,
  kFds,
  kNoNewPrivileges,
  kLandlock,
  kIdentity,
  kCapabilities,
  kParentDeath,
  kDumpable,
  kFilter,
  kExec,
  kLocked,  // not a failure: every lock is in force, but for the limit of open files, which is next
};

// What the step does, for messages: "limit resources".
const char* StepText(Step step);

// Descriptors that the child is handed; all are above kControlFd, so that none is overwritten.
struct JailFds {
  int out;
  int err;
  int code;
  int control;                   // SEQPACKET socket to the server
  int network;                   // network namespace without a device in use; used where the plan asks for it
  std::span<const int> cgroups;  // files `tasks` of version 1, entered by writing to them
};

// Where Confine puts them. kControlFd is close-on-exec; everything above is closed.
inline constexpr int kCodeFd = 3;
inline constexpr int kControlFd = 4;

// What the child tells the server on kControlFd; kLocked carries the seccomp listener (SCM_RIGHTS).
struct Report {
  Step step;
  std::int32_t errno_value;
};

// For the server: the report that a packet is, or nothing when it is none. Steps can be any number.
std::optional<Report> ReadReport(std::string_view packet);

// The last lock.
struct Filter {
  std::span<const char> program;  // an array of struct sock_filter
  void (*before)() = nullptr;     // what a forked interpreter has to set; may allocate
};

// Applies every lock of `plan` in order, the system call filter last but one, and reports the outcome.
// Returns 0, or -1 after a failure was reported: the caller then only exits.
int Confine(const JailPlan& plan, const JailFds& fds, const Filter& filter);

// Tells the server that `step` failed with `errno_value`.
void ReportFailure(Step step, int errno_value);

}  // namespace sandgate

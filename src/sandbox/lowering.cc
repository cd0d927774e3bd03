// SPDX-License-Identifier: Apache-2.0
#include "sandbox/lowering.h"

#include <sys/resource.h>

#include <cerrno>

#include "base/sys.h"

namespace sandgate {

namespace {

int Lower(pid_t pid, const ResourceLimit& limit) {
  const auto resource = static_cast<__rlimit_resource>(limit.resource);
  rlimit now{};
  if (::prlimit(pid, resource, nullptr, &now) != 0) return errno;
  if (now.rlim_max <= limit.value) return 0;
  const rlimit lower{limit.value, limit.value};
  if (::prlimit(pid, resource, &lower, nullptr) != 0) return errno;
  if (::prlimit(pid, resource, nullptr, &now) != 0) return errno;
  return now.rlim_max <= limit.value && now.rlim_cur <= limit.value ? 0 : EINVAL;
}

}  // namespace

int LowerResourceLimits(int pidfd, std::span<const ResourceLimit> limits) {
  // A child of ours that nobody else reaps: the number stays its own.
  const pid_t pid = sys::PidOf(pidfd);
  if (pid <= 0) return ESRCH;
  for (const ResourceLimit& limit : limits) {
    if (const int error = Lower(pid, limit); error != 0) return error;
  }
  return 0;
}

}  // namespace sandgate

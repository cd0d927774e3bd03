// SPDX-License-Identifier: Apache-2.0
// Lowers the limits of a process that waits, before it is given anything to do.
#pragma once
#include <span>

#include "jail/plan.h"

namespace sandgate {

// Makes none of the process's limits higher than in `limits`, soft and hard (prlimit(2)), and looks whether
// it is so. 0 or an errno: EPERM where the process has another uid and we lack CAP_SYS_RESOURCE.
int LowerResourceLimits(int pidfd, std::span<const ResourceLimit> limits);

}  // namespace sandgate

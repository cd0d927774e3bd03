// SPDX-License-Identifier: Apache-2.0
// The policy as a classic BPF program for seccomp(2), made once at start with libseccomp.
#pragma once
#include <string>

#include "policy/policy.h"

namespace sandgate {

// The bytes of an array of struct sock_filter. Refused and unknown calls, and calls of another
// architecture (x32 and 32-bit included), return SECCOMP_RET_USER_NOTIF, and so does an end that is told
// (end_mark.h), unless the policy allows processes. Throws Error.
std::string ExportFilter(const Policy& policy);

}  // namespace sandgate

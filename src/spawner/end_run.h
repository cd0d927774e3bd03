// SPDX-License-Identifier: Apache-2.0
// The end of a forked run.
#pragma once

namespace sandgate {

// exit_group(2), told to the supervisor first (policy/end_mark.h): it kills the process, and answers
// before that has gone, as to take down memory and namespaces takes longer than a small program. Takes no
// signal any more.
[[noreturn]] void EndRun(int status);

}  // namespace sandgate

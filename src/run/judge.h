// SPDX-License-Identifier: Apache-2.0
// From the facts of a run to its outcome and the text its author reads. A pure function.
#pragma once
#include "config/limits.h"
#include "i18n/message.h"
#include "run/evidence.h"
#include "run/result.h"

namespace sandgate {

// Fills outcome, exit_code, error, the output and usage; run_id and isolation are the caller's.
RunResult Judge(Evidence evidence, const RunLimits& limits, Locale locale = Locale::kEnglish);

// True when the interpreter ended with words about memory: without a kernel's word on it, its own message is
// what tells.
bool SaysOutOfMemory(const Evidence& evidence);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The configuration as all verbs take it: from a file and this process's environment. What names no system
// call is left out of allowed_syscalls, which needs the table of calls and so is not Load's work.
#pragma once
#include <string>

#include "config/load.h"

namespace sandgate {

// Throws what Load throws.
LoadedConfig LoadConfig(const std::string& path);

// Prints the warnings to stderr, but for that of a missing file: for verbs that need none.
void PrintWarnings(const LoadedConfig& loaded);

}  // namespace sandgate

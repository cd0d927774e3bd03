// SPDX-License-Identifier: Apache-2.0
// The verb `sandgate config`: shows the configuration in force or the documentation of all options.
#pragma once
#include <CLI/CLI.hpp>

namespace sandgate {

// Adds the verb to `app`. Its action runs while `app` parses the command line; it writes to stdout, warnings
// to stderr, and throws Error where the configuration is refused.
void AddConfigCommand(CLI::App& app);

}  // namespace sandgate

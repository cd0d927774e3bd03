// SPDX-License-Identifier: Apache-2.0
// One program in the jail without a server, as a request would have it; what `run`, `explain` and `trace`
// share.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "config/config.h"
#include "run/request.h"
#include "run/result.h"

namespace sandgate {

// How the command line names a program.
struct ProgramChoice {
  std::string file;      // "-": standard input
  std::string language;  // "python3", "nodejs"; empty: told by the file's name
  bool no_network = false;
};

void AddLanguageOption(CLI::App& command, ProgramChoice& choice);

// Reads the program. Throws Error where it cannot be read or its language is not told.
RunRequest MakeRequest(const ProgramChoice& choice, const Config& config);

enum class WithPackages { kYes, kNo };

// Makes an engine, runs the program and returns what it did; with the packages of the configuration, which
// it installs first where a server has installed some and they have changed. Throws Error where it could not
// be run.
RunResult RunOnce(const Config& config, RunRequest request, WithPackages packages = WithPackages::kYes);

}  // namespace sandgate

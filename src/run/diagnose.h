// SPDX-License-Identifier: Apache-2.0
// Why a program failed where no refused system call tells: from what its interpreter said and what is known
// of the run. The result informs; nothing is decided from it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/limits.h"
#include "i18n/message.h"
#include "run/evidence.h"
#include "run/package_state.h"
#include "run/server_paths.h"
#include "sandbox/interpreter.h"
#include "sandbox/isolation.h"

namespace sandgate {

// What is known of a run.
struct RunFacts {
  const Config& config;
  const RunLimits& limits;
  const Isolation& isolation;
  const std::vector<std::string>& read_only_paths;  // all that runs may read
  const std::vector<std::string>& private_paths;    // the server's own files: never offered to runs
  Language language = Language::kPython;
  bool network = false;        // of this run
  std::string scratch;         // its directory, as it sees it
  std::string_view program{};  // what its user wrote
  Locale locale = Locale::kEnglish;
  bool packages_failed =
      false;                  // those that the operator wants are not there, as they could not be installed
  std::string environment{};  // the name of its packages; empty: the default ones
  std::function<PackageState(const std::string&)> package_state{};  // null: nothing is known of any
  std::function<PathState(const std::string&)> look = LookAt;
};

// Adds the cause of the failure to `evidence.denied`, or, where it is a refused call that stands there
// already, the line; it is the last entry then. Where no exception tells of any, or where another limit
// ended it, it went on after those that stand there. Does nothing for a run that was fine.
void Diagnose(Evidence& evidence, const RunFacts& facts);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// What one run did. An Outcome is a value about user code; our own failures are sandgate::Error.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/explain.h"
#include "policy/trace.h"

namespace sandgate {

enum class Outcome {
  kOk,           // exit status 0
  kFailed,       // exit status other than 0
  kSignal,       // ended by a signal
  kTimeout,      // worker_timeout reached
  kOutputLimit,  // stdout or stderr reached its cap
  kOutOfMemory,  // the memory limit was reached
  kDeniedLimit,  // too many refused system calls
};

std::string_view OutcomeName(Outcome outcome);  // "ok", "failed", "signal", "timeout", ...

struct Usage {
  double wall_ms = 0;
  double cpu_ms = 0;
  std::uint64_t max_rss_bytes = 0;
  double queue_ms = 0;  // before it had a worker
};

struct RunResult {
  Outcome outcome = Outcome::kOk;
  int exit_code = 0;         // -1 when the run was ended by us or by a signal
  std::string stdout_bytes;  // exact
  std::string stderr_bytes;  // exact
  std::string error;         // empty when outcome is kOk; else the text for the workflow author
  std::vector<Denial> denied;
  std::string run_id;
  std::string isolation_mode;       // "full", "container", "rootless"
  std::vector<std::string> layers;  // names of the isolation layers in force
  Usage usage;
  std::optional<Additions> additions;  // of a trace
};

}  // namespace sandgate

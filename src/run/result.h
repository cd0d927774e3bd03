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
  kCpuLimit,     // the processor time was used up
  kDiskLimit,    // ended for what lay in its scratch directory
};

std::string_view OutcomeName(Outcome outcome);  // "ok", "failed", "signal", "timeout", ...

// What the kernel does not tell is empty.
struct Usage {
  double wall_ms = 0;
  double queue_ms = 0;  // waited for a worker
  double cpu_ms = 0;
  std::uint64_t max_rss_bytes = 0;                 // of its largest process
  std::optional<std::uint64_t> peak_memory_bytes;  // of the whole run
  std::optional<std::uint64_t> peak_processes;     // and threads
  std::optional<std::uint64_t> read_bytes;         // from disks
  std::optional<std::uint64_t> written_bytes;      // to file systems on disks
};

// The limit that a run reached.
struct LimitHit {
  std::string name;  // "limits.memory_mb"
  std::int64_t value = 0;
  std::string setting;      // what to change: "limits.memory_mb", "worker_timeout"
  std::string_view set_in;  // and where: fix_in::kConfig, fix_in::kRequest
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
  std::optional<LimitHit> limit;
  std::optional<Additions> additions;  // of a trace
};

}  // namespace sandgate

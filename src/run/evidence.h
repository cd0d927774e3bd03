// SPDX-License-Identifier: Apache-2.0
// The facts of one run, gathered by supervise.cc and judged by judge.cc.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/explain.h"
#include "sandbox/cgroups.h"
#include "sandbox/process_use.h"

namespace sandgate {

// Why we ended a run ourselves. The first reason stays: what follows is its consequence.
enum class Stop {
  kNone,
  kTimeout,
  kStdoutLimit,
  kStderrLimit,
  kDeniedLimit,
  kCpuLimit,
  kScratchSize,   // more in its scratch directory than limits.scratch_mb
  kScratchFiles,  // than limits.scratch_files
  kTracedLimit,   // of a trace
  kAbandoned,     // the client has gone
  kRunMemory,     // one of its processes was ended at the memory limit of the run
};

struct Evidence {
  Stop stop = Stop::kNone;
  bool signalled = false;  // ended by signal `status`, else exited with `status`
  int status = 0;
  ProcessUse use;  // of its first process
  double wall_ms = 0;
  std::string stdout_bytes;
  std::string stderr_bytes;
  CgroupUse cgroup;            // where the run had one
  std::vector<Denial> denied;  // alike calls counted together, in the order of the first
  bool went_on = false;        // after the last of them, and failed of something else as far as can be told
};

// Denial::headline of causes that end a run by themselves.
inline constexpr std::string_view kMemoryHeadline = "out of memory";
inline constexpr std::string_view kFileSizeHeadline = "file size limit";

// A trace answers more calls than a run may be refused: each is one that a good program makes.
inline constexpr std::uint64_t kMaxTracedCalls = 1'000'000;

}  // namespace sandgate

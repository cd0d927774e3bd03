// SPDX-License-Identifier: Apache-2.0
#include "config/limits.h"

#include <algorithm>

#include "base/error.h"
#include "base/sys.h"

namespace sandgate {

namespace {

constexpr LimitRow kRows[] = {
    {"wall_seconds", "worker_timeout", &Limits::worker_timeout},
    {"cpu_seconds", "limits.cpu_seconds", &Limits::limit_cpu_seconds},
    {"memory_mb", "limits.memory_mb", &Limits::limit_memory_mb},
    {"processes", "limits.processes", &Limits::limit_processes, 12},
    {"open_files", "limits.open_files", &Limits::limit_open_files, 24},
    {"file_mb", "limits.file_mb", &Limits::limit_file_mb},
    {"scratch_mb", "limits.scratch_mb", &Limits::limit_scratch_mb},
    {"scratch_files", "limits.scratch_files", &Limits::limit_scratch_files},
    {"stdout_bytes", "limits.stdout_bytes", &Limits::limit_stdout_bytes},
    {"stderr_bytes", "limits.stderr_bytes", &Limits::limit_stderr_bytes},
    {"denied_calls", "limits.denied_calls", &Limits::limit_denied_calls},
};

}  // namespace

std::span<const LimitRow> LimitRows() { return kRows; }

const LimitRow* FindLimit(std::string_view field) {
  const auto found = std::ranges::find(kRows, field, &LimitRow::field);
  return found == std::end(kRows) ? nullptr : found;
}

const LimitRow& LimitOf(std::int64_t Limits::*value) {
  const auto found = std::ranges::find(kRows, value, &LimitRow::value);
  if (found == std::end(kRows)) throw Error("table of limits: a limit has no row");
  return *found;
}

const Option& OptionOf(const LimitRow& row) {
  const auto found = std::ranges::find(Options(), row.setting, &Option::key);
  if (found == Options().end()) throw Error("table of limits: no option " + std::string(row.setting));
  return *found;
}

Limits LimitsOfServer(const Config& config, bool forks) {
  constexpr std::int64_t kOfProcessor = 32;
  constexpr std::int64_t kLeast = 64;
  Limits limits = config;
  if (!forks || config.limit_processes_is_set) return limits;
  const std::int64_t processors = sys::Processors();
  limits.limit_processes = std::min(limits.limit_processes, std::max(kLeast, kOfProcessor * processors));
  return limits;
}

Limits Lowest(const Limits& first, const Limits& second) {
  Limits lowest = first;
  for (const LimitRow& row : kRows) {
    const std::int64_t other = second.*row.value;
    std::int64_t& one = lowest.*row.value;
    if (other != 0 && (one == 0 || other < one)) one = other;
  }
  return lowest;
}

}  // namespace sandgate

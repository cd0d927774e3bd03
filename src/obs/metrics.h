// SPDX-License-Identifier: Apache-2.0
// The server's metrics in the text format of Prometheus. Made once by `serve` and passed to whoever counts.
// What happens is counted when it happens; what is (queues, processes) is given when the text is made. The
// only place that knows the library. Label values are names from tables and from the configuration, never a
// request's own text: what clients send cannot make the text grow.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sandgate {

// One run that a request asked for and that was begun, or failed to be.
struct RunSample {
  std::string language;   // "python3"
  std::string outcome;    // of the run; "error": sandgate could not run it, "abandoned": the client left
  bool measured = false;  // the two times are there
  double queue_seconds = 0;
  double wall_seconds = 0;
  std::vector<std::pair<std::string, std::uint64_t>> denied;  // system calls, by name, and how often
  std::string limit;  // the one that was reached: "limits.memory_mb"; or empty
};

// What is at the moment when the text is made; the table in metrics.cc has a row for each.
enum class Gauge : std::uint8_t {
  kQueueDepth,
  kRequestsUnderWay,
  kRunsInProgress,
  kWorkers,
  kParked,
  kSpawners,
  kForked,
  kGenerations,
  kSpawnerFailures,
  kExecRestarts,
  kPackagesInUse,
  kPackagesInstalling,
  kPackageInstallations,
  kPackageFailures,
  kReady,
  kReadyProbes,
  kIsolationMode,
  kIsolationLayer,
  kBuild,
};

using Labels = std::vector<std::pair<std::string, std::string>>;

struct GaugeSample {
  Gauge gauge;
  double value = 0;
  Labels labels;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void CountRun(const RunSample& run);
  // `reason` is one of kRefusalReasons.
  void CountRefusal(std::string_view reason);
  // Everything, with `gauges` and what the kernel tells of this process.
  std::string Text(const std::vector<GaugeSample>& gauges) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view kRefusalReasons[] = {
    "unauthorized", "not_found",        "bad_request", "too_slow", "body_too_large", "server_full",
    "key_full",     "header_too_large", "not_ready",   "stopping", "other"};

}  // namespace sandgate

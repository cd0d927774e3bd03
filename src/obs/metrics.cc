// SPDX-License-Identifier: Apache-2.0
// See metrics.h. Counters and histograms live in the library's registry; gauges are put into its form for
// each text, so that nothing has to be kept up to date between two of them.
#include "obs/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sandgate {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct GaugeRow {
  Gauge gauge;
  std::string_view name;
  MetricType type;
  std::string_view help;
};

constexpr std::array<GaugeRow, 19> kGauges{{
    {Gauge::kQueueDepth, "sandgate_queue_depth", MetricType::Gauge,
     "Runs that wait for a worker, by API key"},
    {Gauge::kRequestsUnderWay, "sandgate_requests_under_way", MetricType::Gauge,
     "Run requests that wait or run, by API key; max_requests bounds their sum"},
    {Gauge::kRunsInProgress, "sandgate_runs_in_progress", MetricType::Gauge, "Workers in use, by API key"},
    {Gauge::kWorkers, "sandgate_workers", MetricType::Gauge, "Workers that there are (max_workers)"},
    {Gauge::kParked, "sandgate_parked_children", MetricType::Gauge, "Confined children that wait for code"},
    {Gauge::kSpawners, "sandgate_spawners", MetricType::Gauge,
     "Live spawner processes; older generations count as long as a run of theirs lasts"},
    {Gauge::kForked, "sandgate_runs_are_forked", MetricType::Gauge,
     "1: runs fork from a warmed interpreter, 0: they start cold"},
    {Gauge::kGenerations, "sandgate_spawner_generations_total", MetricType::Counter,
     "Fork servers put into use, by recycling or after a failure"},
    {Gauge::kSpawnerFailures, "sandgate_spawner_failures_total", MetricType::Counter,
     "Fork servers that died, did not start or failed their test"},
    {Gauge::kExecRestarts, "sandgate_exec_spawner_restarts_total", MetricType::Counter,
     "Times that the spawner of cold starts died and was started again"},
    {Gauge::kPackagesInUse, "sandgate_packages_in_use", MetricType::Gauge,
     "1: runs have the packages that the operator asks for, or older ones; 0: none of them"},
    {Gauge::kPackagesInstalling, "sandgate_packages_installing", MetricType::Gauge,
     "1: packages are being installed"},
    {Gauge::kPackageInstallations, "sandgate_package_installations_total", MetricType::Counter,
     "Installations that have ended, well or not, those included that found all there"},
    {Gauge::kPackageFailures, "sandgate_package_failures_total", MetricType::Counter, "Those that failed"},
    {Gauge::kReady, "sandgate_ready", MetricType::Gauge, "1: the latest probe of the language succeeded"},
    {Gauge::kReadyProbes, "sandgate_ready_probes_total", MetricType::Counter, "Runs made for GET /ready"},
    {Gauge::kIsolationMode, "sandgate_isolation_info", MetricType::Gauge, "The isolation mode in force"},
    {Gauge::kIsolationLayer, "sandgate_isolation_layer", MetricType::Gauge,
     "1: the isolation layer is in force, 0: it is not"},
    {Gauge::kBuild, "sandgate_build_info", MetricType::Gauge, "The version of sandgate"},
}};

constexpr std::string_view kLanguages[] = {"python3", "nodejs"};
constexpr std::string_view kOutcomes[] = {"ok",           "failed",        "signal",       "timeout",
                                          "output_limit", "out_of_memory", "denied_limit", "cpu_limit",
                                          "disk_limit",   "error",         "abandoned"};
const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,  0.5,    1,     2.5,  5,     10,   30};

// From the process's start until now, and what it holds.
struct ProcessFacts {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

ProcessFacts LookAtProcess() {
  ProcessFacts facts;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    facts.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.max_fds = static_cast<double>(limit.rlim_cur);
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  facts.resident_bytes = pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  std::error_code ignored;
  for (std::filesystem::directory_iterator each("/proc/self/fd", ignored), end; !ignored && each != end;
       each.increment(ignored)) {
    ++facts.open_fds;
  }
  return facts;
}

MetricFamily Family(std::string_view name, MetricType type, std::string_view help) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

ClientMetric Value(MetricType type, double value) {
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

std::vector<MetricFamily> ProcessFamilies() {
  const ProcessFacts facts = LookAtProcess();
  std::vector<MetricFamily> families;
  const auto add = [&families](std::string_view name, MetricType type, double value, std::string_view help) {
    families.push_back(Family(name, type, help));
    families.back().metric.push_back(Value(type, value));
  };
  add("process_cpu_seconds_total", MetricType::Counter, facts.cpu_seconds,
      "Processor time of the server itself, without its runs");
  add("process_resident_memory_bytes", MetricType::Gauge, facts.resident_bytes,
      "Resident memory of the server");
  add("process_open_fds", MetricType::Gauge, facts.open_fds, "Open descriptors of the server");
  add("process_max_fds", MetricType::Gauge, facts.max_fds, "Descriptors that the server may have open");
  return families;
}

std::vector<MetricFamily> GaugeFamilies(const std::vector<GaugeSample>& samples) {
  std::vector<MetricFamily> families;
  for (const GaugeRow& row : kGauges) {
    MetricFamily family = Family(row.name, row.type, row.help);
    for (const GaugeSample& sample : samples) {
      if (sample.gauge != row.gauge) continue;
      family.metric.push_back(Value(row.type, sample.value));
      for (const auto& [name, value] : sample.labels) family.metric.back().label.push_back({name, value});
    }
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  return families;
}

}  // namespace

struct Metrics::State {
  using Counters = prometheus::Family<prometheus::Counter>;
  using Histograms = prometheus::Family<prometheus::Histogram>;

  prometheus::Registry registry;
  Counters& runs = Counter("sandgate_runs_total", "Runs that requests asked for, by language and outcome");
  Counters& denied = Counter("sandgate_denied_calls_total", "Refused system calls of runs, by name");
  Counters& limits =
      Counter("sandgate_limits_hit_total", "Runs that reached a limit, by its name in requests");
  Counters& refused = Counter("sandgate_refused_requests_total", "Requests that were answered with an error");
  Histograms& queue = Histogram("sandgate_run_queue_seconds", "Time that runs waited for a worker");
  Histograms& duration =
      Histogram("sandgate_run_duration_seconds", "Time of runs, from when the code was handed over");

  Counters& Counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Histograms& Histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
};

// What may happen is there from the start, at 0: a rate needs a value before the first.
Metrics::Metrics() : state_(std::make_unique<State>()) {
  for (const std::string_view language : kLanguages) {
    const std::string name(language);
    for (const std::string_view outcome : kOutcomes) {
      state_->runs.Add({{"language", name}, {"outcome", std::string(outcome)}});
    }
    state_->queue.Add({{"language", name}}, kSeconds);
    state_->duration.Add({{"language", name}}, kSeconds);
  }
  for (const std::string_view reason : kRefusalReasons)
    state_->refused.Add({{"reason", std::string(reason)}});
}

Metrics::~Metrics() = default;

void Metrics::CountRun(const RunSample& run) {
  state_->runs.Add({{"language", run.language}, {"outcome", run.outcome}}).Increment();
  for (const auto& [call, count] : run.denied) {
    state_->denied.Add({{"syscall", call}}).Increment(static_cast<double>(count));
  }
  if (!run.limit.empty()) state_->limits.Add({{"limit", run.limit}}).Increment();
  if (!run.measured) return;
  state_->queue.Add({{"language", run.language}}, kSeconds).Observe(run.queue_seconds);
  state_->duration.Add({{"language", run.language}}, kSeconds).Observe(run.wall_seconds);
}

void Metrics::CountRefusal(std::string_view reason) {
  const bool known =
      std::find(std::begin(kRefusalReasons), std::end(kRefusalReasons), reason) != std::end(kRefusalReasons);
  state_->refused.Add({{"reason", std::string(known ? reason : "other")}}).Increment();
}

std::string Metrics::Text(const std::vector<GaugeSample>& gauges) const {
  std::vector<MetricFamily> families = state_->registry.Collect();
  for (MetricFamily& family : GaugeFamilies(gauges)) families.push_back(std::move(family));
  for (MetricFamily& family : ProcessFamilies()) families.push_back(std::move(family));
  std::sort(families.begin(), families.end(),
            [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace sandgate

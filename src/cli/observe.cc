// SPDX-License-Identifier: Apache-2.0
#include "cli/observe.h"

#include <map>

#include "i18n/filled.h"

namespace sandgate {

namespace {

constexpr double kMilli = 1e-3;

// A run that was begun, by how it ended; empty where the request did not come so far.
std::string OutcomeOf(const api::RequestLog& request) {
  if (request.run_id.empty()) return "";
  if (!request.outcome.empty()) return request.outcome;
  if (request.status == api::kClientLeft) return "abandoned";
  return request.code == -500 || request.status == 500 ? "error" : "";
}

// "(own)" for what the server asks for itself: lists of packages.
std::string KeyLabel(const std::string& key) { return key.empty() ? "(own)" : key; }

void AddLanes(Engine& engine, std::vector<GaugeSample>& samples) {
  for (const LaneStatus& lane : engine.jail_runner().Lanes()) {
    const Labels labels{{"key", KeyLabel(lane.name)}};
    samples.push_back({Gauge::kQueueDepth, static_cast<double>(lane.waiting), labels});
    samples.push_back({Gauge::kRunsInProgress, static_cast<double>(lane.running), labels});
  }
  for (const auto& [key, count] : engine.jail_runner().UnderWay()) {
    if (!key.empty())
      samples.push_back({Gauge::kRequestsUnderWay, static_cast<double>(count), {{"key", key}}});
  }
}

Labels LabelsOf(const RunEnvironment& environment) {
  return {{"language", std::string(LanguageName(environment.language))},
          {"network", environment.network ? "yes" : "no"},
          {"environment", environment.built ? environment.built->name : ""}};
}

void AddEnvironment(const SpawnerStatus& status, const ParkedChildren& parked,
                    std::vector<GaugeSample>& samples) {
  const Labels labels = LabelsOf(status.environment);
  const auto add = [&](Gauge gauge, double value) { samples.push_back({gauge, value, labels}); };
  add(Gauge::kParked, static_cast<double>(parked.Count(status.environment)));
  add(Gauge::kSpawners, static_cast<double>(status.alive));
  add(Gauge::kForked, status.kind == SpawnerKind::kExec ? 0 : 1);
  add(Gauge::kGenerations, static_cast<double>(status.generation));
  add(Gauge::kSpawnerFailures, static_cast<double>(status.failures));
}

// Also of environments that nobody has asked for yet.
void AddPackages(Engine& engine, const Config& config, std::vector<GaugeSample>& samples) {
  std::map<EnvironmentKey, EnvironmentStatus> all;
  for (const auto& [language, interpreter] : engine.interpreters()) {
    all[{language, ""}];
    for (const NamedEnvironment& environment : config.environments) all[{language, environment.name}];
  }
  for (EnvironmentStatus& status : engine.environments().Status()) all[status.key] = std::move(status);
  for (const auto& [key, status] : all) {
    const Labels labels{{"language", std::string(LanguageName(key.language))}, {"environment", key.name}};
    const auto add = [&](Gauge gauge, double value) { samples.push_back({gauge, value, labels}); };
    add(Gauge::kPackagesInUse, status.current ? 1 : 0);
    add(Gauge::kPackagesInstalling, status.building ? 1 : 0);
    add(Gauge::kPackageInstallations, static_cast<double>(status.builds));
    add(Gauge::kPackageFailures, static_cast<double>(status.failures));
  }
}

// One that is not in use yet, or not any more, has no sample: it would have the labels of the one that is.
bool IsInUse(Engine& engine, const RunEnvironment& environment) {
  const std::string name = environment.built ? environment.built->name : "";
  return engine.environments().Choose({environment.language, name}).built == environment.built;
}

// Environments without a fork server of their own are cold by design.
void AddEnvironments(Engine& engine, const Config& config, std::vector<GaugeSample>& samples) {
  std::map<RunEnvironment, SpawnerStatus> all;
  for (const auto& [language, interpreter] : engine.interpreters()) {
    for (const bool network : {false, true}) {
      if (network && !config.enable_network) continue;
      const RunEnvironment environment{language, network, engine.environments().Choose({language, ""}).built};
      all[environment].environment = environment;
    }
  }
  for (SpawnerStatus& status : engine.spawners().Status()) {
    if (IsInUse(engine, status.environment)) all[status.environment] = std::move(status);
  }
  for (const auto& [environment, status] : all) AddEnvironment(status, engine.parked(), samples);
  samples.push_back({Gauge::kSpawners,
                     engine.spawners().exec_alive() ? 1.0 : 0.0,
                     {{"language", "any"}, {"network", "any"}, {"environment", "any"}}});
  samples.push_back({Gauge::kExecRestarts, static_cast<double>(engine.spawners().exec_restarts()), {}});
}

void AddIsolation(const Isolation& isolation, std::vector<GaugeSample>& samples) {
  samples.push_back({Gauge::kIsolationMode, 1, {{"mode", ModeName(isolation.mode)}}});
  for (const Layer& layer : isolation.layers) {
    samples.push_back({Gauge::kIsolationLayer, layer.in_force ? 1.0 : 0.0, {{"layer", layer.name}}});
  }
}

}  // namespace

void Count(const api::RequestLog& request, Metrics& metrics) {
  if (!request.refused.empty()) metrics.CountRefusal(request.refused);
  RunSample run;
  run.outcome = OutcomeOf(request);
  if (run.outcome.empty()) return;
  run.language = request.language;
  run.measured = request.usage.has_value();
  if (run.measured) {
    run.queue_seconds = request.usage->queue_ms * kMilli;
    run.wall_seconds = request.usage->wall_ms * kMilli;
  }
  run.denied = request.calls;
  run.limit = request.limit;
  metrics.CountRun(run);
}

std::vector<GaugeSample> Observe(Engine& engine, const Readiness& readiness, const Config& config) {
  std::vector<GaugeSample> samples;
  AddLanes(engine, samples);
  samples.push_back({Gauge::kWorkers, static_cast<double>(config.max_workers), {}});
  AddEnvironments(engine, config, samples);
  AddPackages(engine, config, samples);
  for (const LanguageReadiness& one : readiness.latest()) {
    samples.push_back(
        {Gauge::kReady, one.ready ? 1.0 : 0.0, {{"language", std::string(LanguageName(one.language))}}});
  }
  samples.push_back({Gauge::kReadyProbes, static_cast<double>(readiness.probes()), {}});
  AddIsolation(engine.isolation(), samples);
  samples.push_back({Gauge::kBuild, 1, {{"version", SANDGATE_VERSION}}});
  return samples;
}

std::vector<std::string> Warnings(Engine& engine, Locale locale) {
  std::vector<std::string> warnings;
  for (const SpawnerStatus& status : engine.spawners().Status()) {
    if (status.problem.empty()) continue;
    warnings.push_back(Message(locale, "{}: the fork server is not in use, runs start cold: {}",
                               EnvironmentText(status.environment), status.problem));
  }
  for (const EnvironmentStatus& status : engine.environments().Status()) {
    const std::string name = EnvironmentName(status.key, locale);
    if (status.building) {
      warnings.push_back(Message(locale, "{}: being installed for {} s: {}", name,
                                 static_cast<std::int64_t>(status.building_seconds),
                                 TranslateFilled(locale, status.step)));
    }
    if (status.problem.empty()) continue;
    warnings.push_back(Message(locale, "{}: could not be installed, what was in use goes on: {}", name,
                               TranslateFilled(locale, status.problem)));
  }
  return warnings;
}

ReadinessOptions MakeReadinessOptions(const Config& config) {
  ReadinessOptions options;
  for (const std::string& name : config.ready_languages) {
    options.languages.push_back(name == "python3" ? Language::kPython : Language::kNode);
  }
  options.network = config.enable_network;
  return options;
}

}  // namespace sandgate

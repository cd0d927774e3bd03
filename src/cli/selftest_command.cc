// SPDX-License-Identifier: Apache-2.0
// `sandgate selftest`: makes every attack of attacks/ against the engine of this configuration, on this
// machine, and tells which got through. The engine and the API are those of `serve`; the API listens on a
// loopback port.
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "api/routes.h"
#include "base/error.h"
#include "base/sys.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "cli/load_config.h"
#include "http/server.h"
#include "selftest/canary.h"
#include "selftest/leftovers.h"
#include "selftest/report.h"
#include "selftest/stage_only.h"
#include "selftest/trial.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kPeers = 2;  // that hold a worker: one, and the one that takes its place
constexpr std::size_t kMostAtATime = 8;
constexpr std::int64_t kUidsApart = 20'000;  // from those of a server that may run beside

struct SelftestOptions {
  std::string config_path{kDefaultConfigPath};
  std::string mode;
  std::string only;
  std::int64_t timeout = 5;  // seconds
  bool json = false;
  bool stage_only = false;
};

std::vector<selftest::Attack> Chosen(const std::string& pattern) {
  std::vector<selftest::Attack> attacks = selftest::AllAttacks();
  std::erase_if(attacks, [&pattern](const selftest::Attack& attack) {
    return !pattern.empty() && !selftest::IsMeant(attack, pattern);
  });
  if (attacks.empty()) throw Error("--only: no attack is named like " + pattern);
  return attacks;
}

// The operator's, but for what would only make it last longer: runs that are to reach their deadline; and for
// the uids: a server that runs beside may end whatever has one of its own, and so would this.
Config ConfigOf(const SelftestOptions& options, Config config) {
  if (!options.mode.empty()) config.isolation_mode = options.mode;
  config.worker_timeout = std::min(config.worker_timeout, options.timeout);
  config.max_workers += kPeers;
  config.uid_base += config.uid_base > 2 * kUidsApart ? -kUidsApart : kUidsApart;
  return config;
}

std::unique_ptr<http::Server> StartApi(asio::io_context& io, const Config& config, Runner& runner) {
  api::ApiOptions api;
  api.key = config.key;
  api.admin_key = config.admin_key;
  api.enable_network = config.enable_network;
  http::ServerOptions options;
  options.address = "127.0.0.1";
  options.max_body_bytes = static_cast<std::uint64_t>(config.max_body_bytes);
  options.keep_port = true;
  options.precheck = api::MakePrecheck(api);
  auto server = std::make_unique<http::Server>(io, options, api::MakeHandler(api, runner, {}));
  server->Start();
  return server;
}

// The width at which attacks disturb neither each other nor the machine.
std::size_t WidthOf(const Config& config) {
  const std::size_t processors = std::max(2U, sys::Processors());
  return std::min({static_cast<std::size_t>(config.max_workers - kPeers), 2 * processors, kMostAtATime});
}

selftest::TrialParts PartsOf(asio::io_context& io, const Config& config, Engine& engine,
                             std::uint16_t api_port) {
  selftest::TrialParts parts{.io = io, .runner = engine.runner()};
  parts.ground.mode = ModeName(engine.isolation().mode);
  parts.ground.layers = engine.isolation().LayersInForce();
  parts.facts = {api_port, static_cast<int>(::getpid()), selftest::SpawnersOf(::getpid())};
  for (const auto& [language, interpreter] : engine.interpreters()) parts.languages.insert(language);
  parts.network_offered = config.enable_network;
  parts.width = std::max<std::size_t>(1, WidthOf(config));
  parts.deadline = std::chrono::seconds(config.worker_timeout);
  parts.state_dir = engine.state_path();
  return parts;
}

selftest::RunIds IdsOf(const Config& config, const Engine& engine) {
  const PolicyOptions ids = MakePolicyOptions(config, engine.isolation(), false);
  return {ids.run_uids.first, ids.run_uids.last, engine.isolation().change_ids};
}

struct Progress {
  bool ended = false;
  bool interrupted = false;
  std::exception_ptr failed;
  std::vector<selftest::Finding> findings;
};

// Until the trial has ended or a signal asks for the end. What it holds on to outlives this function: after a
// signal the trial ends only when the engine does.
std::shared_ptr<Progress> Await(asio::io_context& io, asio::signal_set& signals, selftest::Trial& trial) {
  auto progress = std::make_shared<Progress>();
  signals.async_wait(
      [progress](const boost::system::error_code& error, int) { progress->interrupted = !error; });
  asio::co_spawn(io, trial.Run(),
                 [progress](std::exception_ptr error, std::vector<selftest::Finding> findings) {
                   progress->ended = true;
                   progress->failed = error;
                   progress->findings = std::move(findings);
                 });
  while (!progress->ended && !progress->interrupted) io.run_one();
  signals.cancel();
  trial.Stop();
  return progress;
}

// Throws Error where it is ended by a signal.
selftest::Report AttackAll(const Config& config, const std::vector<selftest::Attack>& attacks) {
  Logger log(LogOptions{.to_stderr = true, .level = LogLevel::kError});
  asio::io_context io(1);
  Engine engine(io, config, log);
  const selftest::Leftovers leftovers(IdsOf(config, engine));
  engine.UseForkServers();
  engine.WarmUp();
  const std::unique_ptr<http::Server> api = StartApi(io, config, engine.runner());
  asio::signal_set signals(io, SIGINT, SIGTERM, SIGHUP);  // before anything is planted
  std::optional<selftest::Trial> trial(std::in_place, PartsOf(io, config, engine, api->port()), attacks);
  const std::shared_ptr<Progress> progress = Await(io, signals, *trial);
  engine.ShutDown();
  selftest::Report report{ModeName(engine.isolation().mode),
                          engine.isolation().LayersInForce(),
                          trial->missing(),
                          std::move(progress->findings),
                          {}};
  trial.reset();  // what is its own must not be taken for a run's
  if (progress->failed) std::rethrow_exception(progress->failed);
  if (progress->interrupted) throw Error("ended by a signal; what was planted has been removed");
  report.left_behind = leftovers.Find();
  return report;
}

void Print(const selftest::Report& report, bool as_json, Locale locale) {
  const std::string text =
      as_json ? boost::json::serialize(ReportJson(report)) + "\n" : ReportText(report, locale);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// 0 when nothing got through and everything came to a verdict.
int Selftest(const SelftestOptions& options) {
  const LoadedConfig loaded = LoadConfig(options.config_path);
  PrintWarnings(loaded);
  const Config config = ConfigOf(options, loaded.config);
  const std::vector<selftest::Attack> attacks = Chosen(options.only);
  const selftest::Report report = AttackAll(config, attacks);
  Print(report, options.json, LocaleOf(config.language));
  return selftest::IsProof(report) ? 0 : 1;
}

int StageOnly(const SelftestOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);  // what is planted is removed at the end, whoever reads
  const LoadedConfig loaded = LoadConfig(options.config_path);
  const InterpreterSearch python = FindInterpreter(Language::kPython, loaded.config.python_path);
  selftest::ServeStage(python.found ? python.found->path : "");
  return 0;
}

}  // namespace

void AddSelftestCommand(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("selftest", "Attacks this deployment and tells whether anything got through");
  const auto options = std::make_shared<SelftestOptions>();
  command->add_option("--config", options->config_path, "The configuration file")->capture_default_str();
  command->add_option("--mode", options->mode, "Instead of isolation.mode")
      ->check(CLI::IsMember({"auto", "full", "container", "rootless"}));
  command->add_option("--only", options->only,
                      "The attacks of this name or pattern, such as files/ or \"*.js\"");
  command->add_option("--timeout", options->timeout, "Seconds of a run, where worker_timeout is not less")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command->add_flag("--json", options->json, "All that was found, for programs");
  command->add_flag("--stage-only", options->stage_only)
      ->description("Plants what attacks act on and obeys lines of stdin, for controls outside of the jail");
  command->footer("Exit status: 0 nothing got through and every attack came to a verdict, 1 otherwise.");
  command->callback(
      [options, &status] { status = options->stage_only ? StageOnly(*options) : Selftest(*options); });
  app.add_subcommand(selftest::kVictimVerb, "")->group("")->callback([] { selftest::BeVictim(); });
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// `sandgate serve`: the table of contents of the server. Everything is constructed here, in this order.
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <memory>

#include "api/routes.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "cli/load_config.h"
#include "cli/observe.h"
#include "cli/packages.h"
#include "cli/stop.h"
#include "config/keys.h"
#include "deps/installed.h"
#include "http/server.h"
#include "obs/log.h"
#include "obs/log_budget.h"
#include "obs/metrics.h"
#include "run/readiness.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kStrangersAtOnce = 200;
constexpr auto kBetweenStrangers = std::chrono::milliseconds(50);

http::ServerOptions HttpOptions(const Config& config, const api::ApiOptions& api, const Logger& log) {
  http::ServerOptions options;
  options.address = config.address;
  options.port = config.port;
  options.keep_port = config.enable_network;
  options.max_body_bytes = static_cast<std::uint64_t>(config.max_body_bytes);
  options.header_timeout = std::chrono::seconds(config.header_timeout);
  options.body_timeout = std::chrono::seconds(config.body_timeout);
  options.idle_timeout = std::chrono::seconds(config.idle_timeout);
  options.precheck = api::MakePrecheck(api);
  options.on_refused = api::MakeRefusalLogger(api);
  options.on_unaccepted = [&log](const std::string& reason) {
    log.Warn("connections cannot be accepted", {{"reason", reason}});
  };
  return options;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

// Of those who have shown no key, as many as an operator can read; how many were left out is told with the
// next.
bool MayLog(const api::RequestLog& request, LogBudget& strangers, const Logger& log) {
  if (request.refused.empty() || !request.key.empty()) return true;
  if (!strangers.Take(LogBudget::Clock::now())) return false;
  if (const std::uint64_t left_out = strangers.TakeLeftOut(); left_out > 0) {
    log.Warn("requests without a key are too many to be told one by one", {{"left_out", left_out}});
  }
  return true;
}

void LogRequest(const Logger& log, const api::RequestLog& request) {
  log.Info("request", {{"method", request.method},
                       {"path", request.path},
                       {"status", request.status},
                       {"code", request.code},
                       {"duration_ms", request.duration_ms},
                       {"trace_id", request.trace_id},
                       {"span_id", request.span_id},
                       {"user_id", request.user_id},
                       {"user_type", request.user_type},
                       {"key_name", request.key},
                       {"run_id", request.run_id},
                       {"language", request.language},
                       {"outcome", request.outcome},
                       {"denied", Join(request.denied)},
                       {"denials", request.denials},
                       {"message", request.message}});
}

void LogIsolation(const Logger& log, const Isolation& isolation) {
  log.Info("isolation", {{"mode", ModeName(isolation.mode)}, {"layers", Join(isolation.LayersInForce())}});
  for (const Layer& layer : isolation.layers) {
    if (!layer.in_force && !layer.hint.empty()) {
      log.Info("isolation layer not in force",
               {{"layer", layer.name}, {"reason", layer.reason}, {"hint", layer.hint}});
    }
  }
}

api::ApiOptions MakeApiOptions(const Config& config, const Logger& log, Metrics& metrics) {
  api::ApiOptions options;
  options.key = config.key;
  options.keys = config.keys;
  options.admin_key = config.admin_key;
  options.enable_network = config.enable_network;
  options.enable_preload = config.enable_preload;
  options.profiles_in_requests = config.profiles_in_requests;
  options.limits = config;
  options.language = LocaleOf(config.language);
  options.metrics.is_public = config.metrics_public;
  options.metrics.key = config.metrics_key;
  options.log = [&log, &metrics,
                 strangers = std::make_shared<LogBudget>(kStrangersAtOnce, kBetweenStrangers)](
                    const api::RequestLog& request) {
    if (MayLog(request, *strangers, log)) LogRequest(log, request);
    Count(request, metrics);
  };
  return options;
}

asio::awaitable<void> UpdateOnSignal(asio::signal_set& hang_up, EnvironmentKeeper* keeper,
                                     const Logger& log) {
  for (;;) {
    co_await hang_up.async_wait(asio::use_awaitable);
    log.Info("SIGHUP: packages are installed anew", {});
    if (keeper != nullptr) keeper->UpdateAll();
  }
}

LoadedConfig LoadAndReport(const std::string& path, std::optional<Logger>& log) {
  LoadedConfig loaded = LoadConfig(path);
  log.emplace(LogOptions{.path = loaded.config.log_path,
                         .level = loaded.config.debug ? LogLevel::kDebug : LogLevel::kInfo});
  for (const std::string& warning : loaded.warnings) log->Warn(warning);
  log->Info("config init success", {{"path", loaded.path}, {"found", loaded.file_found}});
  return loaded;
}

// Once the server listens there, its address is one.
void WarnOfPublishedKey(const Config& config, const Logger& log) {
  if (config.key != kPublishedKey || asio::ip::make_address(config.address).is_loopback()) return;
  log.Warn(
      "the key is the published one: whoever reaches the port can run code; set another with app.key "
      "(API_KEY)",
      {{"address", config.address}});
}

// A connection and a run hold a few descriptors each; the soft limit is often 1024 for select(2)'s sake.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// In the background: fork servers, and the lists of packages, so that a full server can answer.
void WarmUp(asio::io_context& io, Engine& engine, InstalledPackages& packages) {
  for (const auto& [language, interpreter] : engine.interpreters()) {
    asio::co_spawn(io, packages.Refresh({language}, Locale::kEnglish), asio::detached);
  }
  asio::co_spawn(io, engine.spawners().WarmUp(), asio::detached);
}

// What escapes from the handling of one connection ends that connection, not the runs of others.
void RunLoop(asio::io_context& io, Logger& log) {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      log.Error("a connection was dropped", {{"error", error.what()}});
    }
  }
}

void Serve(const std::string& config_path) {
  ::signal(SIGPIPE, SIG_IGN);  // from the first line of the log on
  RaiseDescriptorLimit();
  std::optional<Logger> log;
  LoadedConfig loaded = LoadAndReport(config_path, log);
  loaded.config.environments_folder = MakeFolderForEnvironments(loaded.config, *log);
  const Config& config = loaded.config;

  asio::io_context io(1);
  asio::signal_set signals(io, SIGTERM,
                           SIGINT);  // from now on: process 1 of a container has no default action
  asio::signal_set hang_up(io, SIGHUP);
  Engine engine(io, config, *log);
  LogIsolation(*log, engine.isolation());
  engine.UseForkServers();

  asio::thread_pool pool(1);  // after the engine: what is probed and started has a single thread
  Metrics metrics;
  Readiness readiness(io, engine.runner(), MakeReadinessOptions(config), *log);
  api::ApiOptions api_options = MakeApiOptions(config, *log, metrics);
  api_options.readiness = &readiness;
  api_options.warnings = [&engine](Locale locale) { return Warnings(engine, locale); };
  if (config.metrics_enabled) {
    api_options.metrics.text = [&] { return metrics.Text(Observe(engine, readiness, config)); };
  }
  api_options.pool = &pool;
  api_options.policies = {config.enable_network ? &engine.policy_with_network() : nullptr,
                          &engine.policy_without_network()};
  InstalledPackages packages(engine.runner());
  const auto list_again = [&](const EnvironmentKey& key) {
    packages.Forget(key.language);
    if (key.name.empty()) asio::co_spawn(io, packages.Refresh(key, Locale::kEnglish), asio::detached);
  };
  PackageKeeping keeping(io, engine, config, *log, list_again);
  EnvironmentKeeper* keeper = keeping.keeper();
  if (keeper != nullptr) keeper->Start();
  const auto list = [&packages](EnvironmentKey key, Locale locale) {
    return packages.List(std::move(key), locale);
  };
  const auto update = [&, keeper](Language language) -> asio::awaitable<void> {
    if (!keeper || !keeper->KeepsDefault(language)) {
      engine.Refresh(language);
      packages.Forget(language);
    }
    if (keeper) co_await keeper->Update(language);
  };
  const auto refresh = [&, update](EnvironmentKey key, Locale locale) -> asio::awaitable<Packages> {
    engine.environments().RequireKnown(key.name, locale);
    co_await update(key.language);
    co_return co_await packages.Refresh(std::move(key), locale);
  };
  http::Server server(io, HttpOptions(config, api_options, *log),
                      api::MakeHandler(api_options, engine.runner(), {list, refresh, update}));
  server.Start();
  WarnOfPublishedKey(config, *log);
  WarnOfMissingFiles(loaded, *log);
  if (config.warm_up == "at_start") WarmUp(io, engine, packages);
  log->Info("listening", {{"address", config.address}, {"port", server.port()}});

  const Stoppable all{
      io, signals, server, engine, readiness, keeper, std::chrono::seconds(config.drain_timeout), *log};
  asio::co_spawn(io, UpdateOnSignal(hang_up, keeper, *log), asio::detached);
  asio::co_spawn(io, StopOnSignal(all), asio::detached);
  RunLoop(io, *log);
  log->Info("stopped");
}

}  // namespace

void AddServeCommand(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("serve", "Serves the HTTP API until SIGTERM");
  const auto path = std::make_shared<std::string>(kDefaultConfigPath);
  command->add_option("--config", *path, "The configuration file")->capture_default_str();
  command->callback([path] { Serve(*path); });
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "cli/install_jail.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kProcesses = 256;
constexpr std::int64_t kAllProcesses = 2;  // so many times the memory of one: pip, and what it builds with
constexpr std::int64_t kOpenFiles = 4096;
constexpr std::int64_t kFiles = 1 << 20;
constexpr std::int64_t kRefusedCalls = 1'000'000;
// What has been cancelled in the engine is told in the next turns of the loop.
constexpr auto kLastTurns = std::chrono::milliseconds(50);

Config InstallerConfig(const Engine& server, const Config& config, const InstallPlace& place) {
  Config own = config;
  own.uid_base = server.free_uid();
  own.allow_processes = server.isolation().processes_can_be_ended();
  own.enable_network = true;
  own.python_spawner = own.node_spawner = "exec";
  own.parked_children = 0;
  own.max_workers = 1;
  own.keys.clear();
  own.profile.clear();
  own.environments_folder.clear();
  own.worker_timeout = config.install_timeout;
  own.limit_cpu_seconds = 0;
  own.limit_memory_mb = config.install_memory_mb;
  own.limit_run_memory_mb = kAllProcesses * config.install_memory_mb;
  own.limit_processes = kProcesses;
  own.limit_processes_is_set = true;
  own.limit_open_files = kOpenFiles;
  own.limit_file_mb = own.limit_scratch_mb = config.install_mb;
  own.limit_scratch_files = kFiles;
  own.limit_denied_calls = kRefusedCalls;
  for (const std::string& path : place.read_only_paths) own.read_only_paths.push_back(path);
  return own;
}

class EngineJail : public InstallJail {
 public:
  EngineJail(asio::io_context& io, Engine& server, const Config& config, Logger& log, InstallPlace place)
      : io_(io),
        uid_(server.isolation().change_ids ? server.free_uid() : ::geteuid()),
        engine_(io, InstallerConfig(server, config, place), log,
                Workshop{server, place.host_folder, place.folder, place.variables}) {}

  asio::awaitable<RunResult> Run(RunRequest request) override {
    return engine_.runner().Run(std::move(request));
  }

  asio::awaitable<void> Close() override {
    co_await engine_.runner().Close();
    asio::steady_timer turns(io_, kLastTurns);
    co_await turns.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  std::uint32_t uid() const override { return uid_; }

 private:
  asio::io_context& io_;
  std::uint32_t uid_;
  Engine engine_;
};

}  // namespace

std::unique_ptr<InstallJail> OpenJailForInstallers(asio::io_context& io, Engine& server, const Config& config,
                                                   Logger& log, InstallPlace place) {
  return std::make_unique<EngineJail>(io, server, config, log, std::move(place));
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Everything that it takes to run a program in the jail, made in order from the configuration: what
// `serve` puts behind HTTP and `run` uses once.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "obs/log.h"
#include "run/environments.h"
#include "run/jail_runner.h"
#include "run/policies.h"
#include "sandbox/cgroups.h"
#include "sandbox/isolation.h"
#include "sandbox/planner.h"
#include "sandbox/scratch.h"
#include "sandbox/slots.h"
#include "spawner/spawners.h"

namespace sandgate {

// The policy that the configuration asks for where this isolation is in force.
PolicyOptions MakePolicyOptions(const Config& config, const Isolation& isolation, bool network);

class Engine;

// For an engine whose runs install packages: where, and on whose behalf.
struct Workshop {
  Engine& server;           // whose isolation, cgroups and interpreters it has; outlives it
  std::string host_folder;  // the one scratch directory of its runs, made already, which outlives them
  std::string folder;       // as they see it
  std::vector<std::pair<std::string, std::string>> variables;  // of their environment
};

// Where the folders of built environments are.
struct EnvironmentFolders {
  std::string host;  // empty: there can be none
  std::string runs;  // the same as runs see it
};

class Engine {
 public:
  // Probes the kernel, finds the interpreters, compiles the policies and starts the exec spawner. Throws
  // Error when the isolation asked for cannot be had. Must be made on the thread that runs `io`.
  Engine(boost::asio::io_context& io, const Config& config, Logger& log);
  // Throws Error where there can be none.
  Engine(boost::asio::io_context& io, const Config& config, Logger& log, Workshop workshop);

  // Lets fork servers start and serve; without it every run is cold.
  void UseForkServers();
  // Starts all of them, running `io` until each serves or has failed.
  void WarmUp();
  // Ends every child, running `io`; for those who do not serve.
  void ShutDown();

  // Fork servers for `built`, or, for null, for the language's interpreter as it was found; and their end.
  void Add(Language language, const EnvironmentLease& built);
  void Retire(Language language, const EnvironmentLease& built);
  Environments& environments() { return environments_; }
  const EnvironmentFolders& environment_folders() const { return environment_folders_; }
  // The first user id that neither runs nor anything of the server have.
  std::uint32_t free_uid() const { return slot_options_.uid_base + slot_options_.count + 1; }

  Runner& runner() { return *runner_; }
  const JailRunner& jail_runner() const { return *runner_; }
  const ParkedChildren& parked() const { return *parked_; }
  Spawners& spawners() { return *spawners_; }
  const Isolation& isolation() const { return isolation_; }
  const std::map<Language, Interpreter>& interpreters() const { return interpreters_; }
  // Where scratch directories lie on disk; empty where a tmpfs serves.
  std::string state_path() const { return state_ ? state_->path() : ""; }
  // Why the language has no fork server; empty where it has one.
  std::string WhyCold(Language language, const Interpreter& interpreter) const;
  // Whether a process is started for a run before it is asked for, where there is no fork server.
  bool StartsAhead(Language language) const;
  // Interpreters that are warm or started begin anew, as packages of the language may have changed: soon, and
  // once for all who ask meanwhile.
  void Refresh(Language language);
  const Policy& policy_with_network() { return policies_->Get({.network = true})->policy; }
  const Policy& policy_without_network() { return policies_->Get({.network = false})->policy; }

 private:
  using Clock = std::chrono::steady_clock;

  Engine(boost::asio::io_context& io, const Config& config, Logger& log, std::optional<Workshop> workshop);
  CgroupLimits LimitsOfCgroups() const;
  Isolation MakeIsolation();
  void PlaceEnvironments();
  void FindInterpreters(Logger& log);
  void PrepareFiles(Logger& log);
  std::vector<std::string> PrivatePaths() const;
  void RunUntilDone(boost::asio::awaitable<void> task);
  void StartSpawners();
  SpawnerSpec ExecSpec();
  void TellStart(Language language, const Interpreter& interpreter);
  std::map<RunEnvironment, SpawnerSpec> ForkServersOf(Language language, const Interpreter& interpreter,
                                                      const EnvironmentLease& built) const;
  SpawnerSpec PlaceForkServer(SpawnerSpec spec, const std::string& library) const;

  boost::asio::io_context& io_;
  Config config_;  // with the paths of the interpreters that were found
  Logger& log_;
  std::optional<Workshop> workshop_;
  std::optional<Cgroups> cgroups_;  // where runs have them; before all that has a run
  Isolation isolation_;
  std::map<Language, Interpreter> interpreters_;
  std::vector<std::string> read_only_paths_;
  EnvironmentFolders environment_folders_;
  Environments environments_;
  std::optional<StateDir> state_;  // only in modes without mounts
  std::string trash_;              // in it, for what runs have left
  SlotOptions slot_options_;
  PlannerInputs planner_inputs_;
  std::string caches_;  // in it, for interpreters that are warmed
  std::string node_boot_;
  std::string node_serve_;
  TreeSpec tree_;  // of all spawners
  std::optional<PolicyStore> policies_;
  std::optional<SlotPool> slots_;
  std::optional<Planner> planner_;
  std::unique_ptr<Spawners> spawners_;
  std::unique_ptr<ChildMaker> children_;
  std::unique_ptr<ParkedChildren> parked_;
  std::unique_ptr<JailRunner> runner_;
  std::map<Language, boost::asio::steady_timer>
      refreshes_;  // each expires when the latest was, or is to come
};

}  // namespace sandgate

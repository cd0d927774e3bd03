// SPDX-License-Identifier: Apache-2.0
// Which spawner makes the children of an environment: its fork server, or, while that does not work, exec.
//
// A fork server is used when it has passed a self-test, and is replaced from time to time by a new one
// (a generation), so that addresses and hash seeds change. One that dies or fails is tried again, later
// each time; meanwhile children are started cold. On the server's io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "obs/log.h"
#include "sandbox/interpreter.h"
#include "spawner/client.h"

namespace sandgate {

// What children of one spawner have in common.
struct RunEnvironment {
  Language language = Language::kPython;
  bool network = false;
  EnvironmentLease built;  // null: the interpreter as it was found

  const std::string& id() const;  // of the folder; empty without one
  bool operator<(const RunEnvironment& other) const {
    return std::tie(language, network, id()) < std::tie(other.language, other.network, other.id());
  }
};

// "python3 without network", "python3 with network, environment data"
std::string EnvironmentText(const RunEnvironment& environment);

// Whoever has a child of a spawner keeps one of these as long as the child lives.
using SpawnerLease = std::shared_ptr<SpawnerClient>;

struct SpawnersOptions {
  std::string program;  // path of sandgate-spawner
  SpawnerSpec exec;
  std::map<RunEnvironment, SpawnerSpec> fork_servers;
  std::set<Language> ahead;  // whose children may be started cold ahead of runs, where no fork server serves
  std::uint64_t recycle_runs = 0;        // a generation is replaced after so many children,
  std::chrono::seconds recycle_after{};  // or after this time; 0: never
  // When a child that nothing is known of is lost: longer than a spawner takes to tell of one, or is given.
  std::chrono::milliseconds lost_after = std::chrono::seconds(15);
};

struct SpawnerStatus {
  RunEnvironment environment;
  SpawnerKind kind = SpawnerKind::kExec;  // the one in use
  std::string problem;                    // why it is not the fork server; empty when it is
  std::uint64_t generation = 0;           // of the fork server, from 1
  std::uint64_t failures = 0;             // fork servers that died, did not start or failed their test
  std::size_t alive = 0;                  // fork servers that live; older ones as long as a run of theirs
};

class Spawners {
 public:
  // Uses one child of the spawner; throws Error when it does not do what it must.
  using SelfTest = std::function<boost::asio::awaitable<void>(RunEnvironment, SpawnerLease)>;

  Spawners(boost::asio::io_context& io, SpawnersOptions options, Logger& log);
  ~Spawners();

  // Starts the exec spawner (blocking, milliseconds). Throws Error.
  void Start();
  // The fork servers may start from now on, each when the first child of its environment is asked for, and
  // are kept up until Close. To be called once; without it every child is started cold.
  void Open(SelfTest test);
  // Starts all that have not been asked for yet; returns when each serves or has failed once.
  boost::asio::awaitable<void> WarmUp();
  // From now on children of `built` are made, by these fork servers where there are any.
  void Add(const EnvironmentLease& built, const std::map<RunEnvironment, SpawnerSpec>& fork_servers);
  // WarmUp for those of `built`.
  boost::asio::awaitable<void> WarmUp(EnvironmentLease built);
  // No child of `built` (null: of the interpreter as it was found) is made ahead of a run any more, and its
  // fork servers end with their last lease.
  void Retire(Language language, const EnvironmentLease& built);
  // No fork server is started any more; those there are end when their last lease does.
  void Close();

  // The spawner for a child of `environment`; counts it. Waits for the first start of the fork server, if
  // not for long. Throws Error when none can be started.
  boost::asio::awaitable<SpawnerLease> Await(RunEnvironment environment);
  // The same without a wait, for children that nobody has asked for.
  SpawnerLease Choose(const RunEnvironment& environment);
  // The spawner that starts programs cold.
  SpawnerLease Exec();
  // Whatever happens to the server and to single spawners, processes of `uid` do not outlive it. Throws
  // SpawnerGone.
  void SweepAtEnd(std::uint32_t uid);
  // True while `spawner` is what Choose answers: its parked children may be used.
  bool IsCurrent(const RunEnvironment& environment, const SpawnerLease& spawner) const;
  // True while a fork server of the environment is in use.
  bool Forks(const RunEnvironment& environment) const;
  // True when children of the environment may be made before they are asked for. Not before the first start
  // of a fork server has ended.
  bool Parks(const RunEnvironment& environment) const;
  // New generations of the language's fork servers, as its packages have changed.
  void Refresh(Language language);
  // A child may have been made of which nothing is known here: ends it, some time later.
  void LookForLostChildren();
  // Called when Choose answers another spawner than before.
  void OnChange(std::function<void(const RunEnvironment&)> on_change);

  std::vector<SpawnerStatus> Status() const;
  // Times that the exec spawner had to be started again.
  std::uint64_t exec_restarts() const { return exec_restarts_; }
  bool exec_alive() const { return exec_ && exec_->alive(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Line;

  void ReplaceExec();
  static void End(Line& line);
  boost::asio::awaitable<void> WarmUpIf(std::function<bool(const RunEnvironment&)> wanted);
  void Begin(const std::shared_ptr<Line>& line);
  boost::asio::awaitable<void> Keep(std::shared_ptr<Line> line);
  boost::asio::awaitable<void> Renew(std::shared_ptr<Line> line);
  boost::asio::awaitable<bool> TryToRenew(std::shared_ptr<Line> line);
  void Fail(Line& line, const std::string& why);
  boost::asio::awaitable<void> EndLostChildren();

  boost::asio::io_context& io_;
  SpawnersOptions options_;
  Logger& log_;
  SpawnerLease exec_;
  Clock::time_point exec_since_;
  std::uint64_t exec_restarts_ = 0;
  boost::asio::steady_timer exec_pause_;
  boost::asio::steady_timer lost_pause_;
  bool looking_for_lost_ = false;
  bool closed_ = false;
  std::set<std::uint32_t> sweep_at_end_;  // told to the exec spawner
  SelfTest test_;
  std::function<void(const RunEnvironment&)> on_change_;
  std::map<RunEnvironment, std::shared_ptr<Line>> lines_;
  std::set<std::string> built_;  // ids of those added and not retired
};

}  // namespace sandgate

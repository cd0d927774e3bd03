// SPDX-License-Identifier: Apache-2.0
// The Runner of the server: takes a worker and a jailed child, hands it the code, supervises it, judges
// what it did. One run reads top to bottom in Execute().
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/limits.h"
#include "obs/log.h"
#include "run/arguments.h"
#include "run/child.h"
#include "run/environments.h"
#include "run/evidence.h"
#include "run/parked.h"
#include "run/policies.h"
#include "run/runner.h"
#include "run/scratch_watch.h"
#include "run/workers.h"
#include "sandbox/isolation.h"
#include "spawner/spawners.h"

namespace sandgate {

struct Supervision;

// What a JailRunner works with; all of it outlives the runner.
struct RunnerParts {
  const Config& config;
  const Isolation& isolation;
  ChildMaker& children;
  ParkedChildren& parked;
  Spawners& spawners;
  PolicyStore& policies;
  Environments* environments;                       // null: runs get the interpreters as they were found
  const std::vector<std::string>& read_only_paths;  // what runs may read
  std::vector<std::string> private_paths;           // the server's own files
  bool scratch_on_disk;                             // no file system keeps the limits of a scratch directory
  Logger& log;
};

// Runs that requests have asked for and that have not ended.
struct RunCounts {
  int running = 0;
  int waiting = 0;  // not begun
};

class JailRunner : public Runner {
 public:
  JailRunner(boost::asio::io_context& io, RunnerParts parts);

  std::variant<Ticket, Full> TryEnter(const std::string& key) override;
  boost::asio::awaitable<RunResult> Run(RunRequest request) override;
  boost::asio::awaitable<void> Close() override;

  // One for each API key, and one without a name for what the server asks for itself.
  std::vector<LaneStatus> Lanes() const { return workers_.Status(); }
  // By name of the key, how many requests are under way.
  std::map<std::string, int> UnderWay() const;
  // Of these, all keys taken together.
  RunCounts Counts() const;

  // The self-test of a fork server: runs in two children of `spawner`, outside the queue. Throws Error.
  boost::asio::awaitable<void> Test(RunEnvironment environment, SpawnerLease spawner);

 private:
  struct Job;

  // How many requests of a key are under way, and may be.
  struct Bound {
    std::int64_t most = 0;  // 0: no bound
    std::shared_ptr<int> count = std::make_shared<int>(0);
  };

  static void Abandon(Job& job);
  void WatchUse(Supervision& supervision, const Child& child, const Job& job);
  void AddKey(const std::string& name, std::int64_t max_workers, std::int64_t max_requests);
  boost::asio::awaitable<void> AwaitEnvironment(const RunRequest& request);
  EnvironmentChoice EnvironmentOf(const RunRequest& request) const;
  // True while there are several runs, and for a while after.
  bool IsShared() const;
  Workers& WorkersFor(const RunRequest& request);

  boost::asio::awaitable<std::vector<std::string>> TestOnce(RunEnvironment environment, SpawnerLease spawner);
  boost::asio::awaitable<void> Work(std::shared_ptr<Job> job);
  boost::asio::awaitable<RunResult> Execute(Job& job, Child& child);
  boost::asio::awaitable<Evidence> Supervise(Job& job, Child& child, TraceRecorder& recorder);
  boost::asio::awaitable<bool> EndRest(std::uint32_t uid);
  boost::asio::awaitable<void> EndLeftovers(std::uint32_t uid);
  std::shared_ptr<const CompiledPolicy> PolicyOf(const RunRequest& request);
  RunLimits LimitsOf(const RunRequest& request, const CompiledPolicy& policy) const;
  std::function<PackageState(const std::string&)> PackageStates(const RunRequest& request) const;
  RunResult Conclude(Evidence evidence, const Job& job, const Slot& slot) const;
  void LogTrace(const RunResult& result) const;

  boost::asio::io_context& io_;
  RunnerParts parts_;
  Workers workers_;
  Workers probe_workers_;
  ArgumentReader arguments_;
  std::optional<ScratchWatch> scratch_watch_;  // where no file system keeps the limits of a scratch directory
  std::set<std::shared_ptr<Job>> jobs_;        // those with a worker
  std::chrono::steady_clock::time_point last_begin_;  // of a run beside another
  bool closing_ = false;
  boost::asio::steady_timer idle_;  // cancelled when a job ends
  std::shared_ptr<int> entered_ = std::make_shared<int>(0);
  std::map<std::string, Bound, std::less<>> keys_;
};

}  // namespace sandgate

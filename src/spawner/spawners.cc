// SPDX-License-Identifier: Apache-2.0
#include "spawner/spawners.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr auto kFirstPause = std::chrono::milliseconds(250);
constexpr std::chrono::seconds kNever = std::chrono::hours(24 * 365);
constexpr auto kLongestPause = std::chrono::minutes(1);
constexpr auto kFirstStart = std::chrono::seconds(3);  // a run that waited longer is started cold
constexpr auto kExecPause = std::chrono::seconds(1);   // between two starts of the exec spawner by itself
// A fork server that has lived so long was sound: its end does not count as a failure.
constexpr auto kSoundAfter = std::chrono::minutes(1);

}  // namespace

const std::string& RunEnvironment::id() const {
  static const std::string kNone;
  return built ? built->id : kNone;
}

std::string EnvironmentText(const RunEnvironment& environment) {
  const bool named = environment.built && !environment.built->name.empty();
  return fmt::format("{} {} network{}", LanguageName(environment.language),
                     environment.network ? "with" : "without",
                     named ? ", environment " + environment.built->name : "");
}

// One fork server through its generations.
struct Spawners::Line {
  Line(asio::io_context& io, RunEnvironment e, const SpawnerSpec& s)
      : environment(e), spec(s), wake(io), started(io, asio::steady_timer::time_point::max()), patience(io) {}

  RunEnvironment environment;
  SpawnerSpec spec;
  asio::steady_timer wake;      // cancelled when there is something to do before its time
  bool asked = false;           // the first start has begun
  bool tried = false;           // and has ended, well or not
  asio::steady_timer started;   // cancelled then
  asio::steady_timer patience;  // the same; expires when runs wait no more for it
  SpawnerLease current;         // null: none is in use
  Clock::time_point since;
  std::uint64_t children = 0;
  std::uint64_t generation = 0;
  int failures = 0;  // in a row
  std::uint64_t all_failures = 0;
  std::vector<std::weak_ptr<SpawnerClient>> generations;  // those that may live
  std::string problem;
  bool due = false;    // a new generation is wanted now
  bool wanted = true;  // false: closing
};

Spawners::Spawners(asio::io_context& io, SpawnersOptions options, Logger& log)
    : io_(io), options_(std::move(options)), log_(log), exec_pause_(io), lost_pause_(io) {}

Spawners::~Spawners() { Close(); }

void Spawners::Start() {
  const auto next = std::make_shared<SpawnerClient>(io_, options_.program, options_.exec);
  next->Start();
  exec_ = next;  // one that could not start must not look alive
  exec_since_ = Clock::now();
  for (const std::uint32_t uid : sweep_at_end_) exec_->SweepAtEnd(uid);
  exec_->OnEnd([this] { ReplaceExec(); });
}

// A spawner that ends between making a child and telling of it leaves one that nobody knows, an init most of
// all; so does an answer whose pidfds found no room among our descriptors. It has no pidfd here after a time
// in which any other is told of. Without pid namespaces there is no init, and such a run ends by itself: it
// is to be reaped. Living children in the server's own namespace are left alone: they may have come to it
// from a run, or from whoever started it.
asio::awaitable<void> Spawners::EndLostChildren() {
  const std::set<pid_t> before = sys::UnheldChildren();
  lost_pause_.expires_after(options_.lost_after);
  co_await lost_pause_.async_wait(kNoError);
  looking_for_lost_ = false;
  if (closed_) co_return;
  for (const pid_t child : sys::UnheldChildren()) {
    // Again: for what has not ended yet, and what was not seen before, for want of a descriptor say.
    LookForLostChildren();
    if (!before.contains(child)) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, WNOHANG);
  }
}

void Spawners::LookForLostChildren() {
  if (looking_for_lost_ || closed_) return;
  looking_for_lost_ = true;
  asio::co_spawn(io_, EndLostChildren(), asio::detached);
}

// Not only when it is needed: without it, processes that it is to end would outlive a server that dies.
void Spawners::ReplaceExec() {
  LookForLostChildren();
  exec_pause_.expires_at(exec_since_ + kExecPause);
  exec_pause_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    try {
      Exec();
    } catch (const Error& error) {
      log_.Error("the exec spawner cannot be started again", {{"error", error.what()}});
    }
  });
}

void Spawners::SweepAtEnd(std::uint32_t uid) {
  if (sweep_at_end_.contains(uid)) return;
  Exec()->SweepAtEnd(uid);
  sweep_at_end_.insert(uid);
}

SpawnerLease Spawners::Exec() {
  if (!exec_->alive()) {
    log_.Warn("the exec spawner died; starting another one");
    ++exec_restarts_;
    Start();
  }
  return exec_;
}

void Spawners::Open(SelfTest test) {
  test_ = std::move(test);
  for (const auto& [environment, spec] : options_.fork_servers) {
    lines_.emplace(environment, std::make_shared<Line>(io_, environment, spec));
  }
}

void Spawners::Begin(const std::shared_ptr<Line>& line) {
  if (line->asked || !line->wanted) return;
  line->asked = true;
  line->patience.expires_after(kFirstStart);
  asio::co_spawn(io_, Keep(line), asio::detached);
}

void Spawners::Add(const EnvironmentLease& built, const std::map<RunEnvironment, SpawnerSpec>& fork_servers) {
  if (closed_) return;
  if (built) built_.insert(built->id);
  if (!test_) return;
  for (const auto& [environment, spec] : fork_servers) {
    lines_.emplace(environment, std::make_shared<Line>(io_, environment, spec));
  }
}

asio::awaitable<void> Spawners::WarmUp(EnvironmentLease built) {
  return WarmUpIf([built](const RunEnvironment& environment) { return environment.built == built; });
}

// The lines may change meanwhile.
asio::awaitable<void> Spawners::WarmUpIf(std::function<bool(const RunEnvironment&)> wanted) {
  std::vector<std::shared_ptr<Line>> lines;
  for (const auto& [environment, line] : lines_) {
    if (wanted(environment)) lines.push_back(line);
  }
  for (const auto& line : lines) Begin(line);
  for (const auto& line : lines) {
    while (!line->tried && line->wanted) co_await line->started.async_wait(kNoError);
  }
}

void Spawners::Retire(Language language, const EnvironmentLease& built) {
  if (built) built_.erase(built->id);
  for (auto next = lines_.begin(); next != lines_.end();) {
    const auto line = next++;
    if (line->first.language != language || line->first.built != built) continue;
    End(*line->second);
    const RunEnvironment environment = line->first;
    lines_.erase(line);
    if (on_change_) on_change_(environment);
  }
}

asio::awaitable<void> Spawners::WarmUp() {
  return WarmUpIf([](const RunEnvironment&) { return true; });
}

asio::awaitable<SpawnerLease> Spawners::Await(RunEnvironment environment) {
  const auto found = lines_.find(environment);
  if (found != lines_.end() && !found->second->tried) {
    Begin(found->second);
    if (!found->second->tried) co_await found->second->patience.async_wait(kNoError);
  }
  co_return Choose(environment);
}

void Spawners::Close() {
  closed_ = true;
  exec_pause_.cancel();
  lost_pause_.cancel();
  for (const auto& [environment, line] : lines_) End(*line);
}

void Spawners::End(Line& line) {
  line.wanted = false;
  line.wake.cancel();
  line.started.cancel();
  line.patience.cancel();
  line.current.reset();
}

SpawnerLease Spawners::Choose(const RunEnvironment& environment) {
  const auto found = lines_.find(environment);
  if (found == lines_.end() || !found->second->current) return Exec();
  Line& line = *found->second;
  if (!line.current->alive()) {
    Fail(line, "it died");
    return Exec();
  }
  if (++line.children == options_.recycle_runs) {
    line.due = true;
    line.wake.cancel();
  }
  return line.current;
}

bool Spawners::IsCurrent(const RunEnvironment& environment, const SpawnerLease& spawner) const {
  const auto found = lines_.find(environment);
  if (found == lines_.end() || !found->second->current) return spawner == exec_ && spawner->alive();
  return spawner == found->second->current && spawner->alive();
}

bool Spawners::Forks(const RunEnvironment& environment) const {
  const auto found = lines_.find(environment);
  return found != lines_.end() && found->second->current;
}

bool Spawners::Parks(const RunEnvironment& environment) const {
  if (environment.built && !built_.contains(environment.id())) return false;
  if (Forks(environment)) return true;
  const auto found = lines_.find(environment);
  const bool undecided = found != lines_.end() && !found->second->tried;
  return test_ && !undecided && options_.ahead.contains(environment.language);
}

void Spawners::Refresh(Language language) {
  for (const auto& [environment, line] : lines_) {
    if (environment.language != language) continue;
    line->due = true;
    line->wake.cancel();
  }
}

void Spawners::OnChange(std::function<void(const RunEnvironment&)> on_change) {
  on_change_ = std::move(on_change);
}

std::vector<SpawnerStatus> Spawners::Status() const {
  std::vector<SpawnerStatus> all;
  for (const auto& [environment, line] : lines_) {
    SpawnerStatus status;
    status.environment = environment;
    if (line->current) status.kind = line->spec.kind;
    status.problem = line->problem;
    status.generation = line->generation;
    status.failures = line->all_failures;
    for (const auto& generation : line->generations) {
      const SpawnerLease lease = generation.lock();
      if (lease && lease->alive()) ++status.alive;
    }
    all.push_back(std::move(status));
  }
  return all;
}

// Counts a failure of the line's fork server, and takes it out of use where it is gone.
void Spawners::Fail(Line& line, const std::string& why) {
  const bool gone = !line.current || !line.current->alive();
  if (line.current && gone && Clock::now() - line.since > kSoundAfter) line.failures = 0;
  ++line.failures;
  ++line.all_failures;
  log_.Warn(gone ? "fork server not in use, runs start cold meanwhile"
                 : "no new generation of the fork server, the one before goes on",
            {{"environment", EnvironmentText(line.environment)}, {"reason", why}});
  if (!gone) return;
  line.problem = why;
  if (!line.current) return;
  line.current.reset();
  line.wake.cancel();
  if (on_change_) on_change_(line.environment);
}

// Starts the next generation and puts it into use when it has passed the test.
asio::awaitable<void> Spawners::Renew(std::shared_ptr<Line> line) {
  const auto next = std::make_shared<SpawnerClient>(io_, options_.program, line->spec);
  co_await next->StartInBackground();
  co_await test_(line->environment, next);
  if (!next->alive()) throw Error("it died after the self-test");
  if (!line->wanted) co_return;
  for (const std::string& note : SplitList(next->notes(), '\n')) {
    log_.Warn(note, {{"environment", EnvironmentText(line->environment)}});
  }
  next->OnEnd([this, weak = std::weak_ptr(line), client = next.get()] {
    LookForLostChildren();
    const auto owner = weak.lock();
    if (owner && owner->current.get() == client) Fail(*owner, "it died");
  });
  line->current = next;
  std::erase_if(line->generations, [](const auto& one) { return one.expired(); });
  line->generations.push_back(next);
  line->since = Clock::now();
  line->children = 0;
  line->problem.clear();
  ++line->generation;
  log_.Debug("fork server in use", {{"environment", EnvironmentText(line->environment)},
                                    {"generation", static_cast<std::int64_t>(line->generation)}});
  if (on_change_) on_change_(line->environment);
}

asio::awaitable<bool> Spawners::TryToRenew(std::shared_ptr<Line> line) {
  try {
    line->due = false;
    co_await Renew(line);
    co_return true;
  } catch (const std::exception& error) {
    LookForLostChildren();
    if (line->wanted) Fail(*line, error.what());
    co_return false;
  }
}

asio::awaitable<void> Spawners::Keep(std::shared_ptr<Line> line) {
  while (line->wanted) {
    const bool renewed = co_await TryToRenew(line);
    line->tried = true;
    line->started.cancel();
    line->patience.cancel();
    if (renewed && !line->due && line->wanted) {
      line->wake.expires_after(options_.recycle_after.count() > 0 ? options_.recycle_after : kNever);
      co_await line->wake.async_wait(kNoError);
    }
    // After a failure, or one that has died meanwhile: not again at once.
    if (line->wanted && (!renewed || !line->current)) {
      const int doublings = std::clamp(line->failures - 1, 0, 10);
      line->wake.expires_after(
          std::min<std::chrono::milliseconds>(kFirstPause * (1 << doublings), kLongestPause));
      co_await line->wake.async_wait(kNoError);
    }
  }
}

}  // namespace sandgate

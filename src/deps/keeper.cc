// SPDX-License-Identifier: Apache-2.0
#include "deps/keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>

#include "deps/asked_for.h"
#include "run/aside.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr auto kFirstRetry = std::chrono::minutes(1);
constexpr auto kLastRetry = std::chrono::minutes(60);
constexpr auto kLastRemovals = std::chrono::seconds(1);  // for those under way when the server stops
constexpr const char* kGivenUp = "the server is stopping; the installation of packages was given up";
constexpr int kMostChanges = 3;  // of a file while its packages are installed

}  // namespace

// One environment.
struct EnvironmentKeeper::Line {
  Line(asio::io_context& io, EnvironmentKey k)
      : key(std::move(k)), ended(io, Clock::time_point::max()), retry(io) {}

  EnvironmentKey key;
  bool working = false;
  bool announced = false;    // runs may wait for the end of this work
  std::string problem;       // of the latest work; empty where it was good
  asio::steady_timer ended;  // cancelled when work ends; never expires
  asio::steady_timer retry;
  Clock::duration pause = kFirstRetry;
  AskedFor asked;          // by the file as it is now
  Requirements tried;      // what was asked for when work began last; this and the next without contents
  Requirements installed;  // what was asked for when what is in use was built

  void Tries(const Requirements& requirements) {
    tried = requirements;
    tried.contents.clear();
  }
  void HasInstalled(const Requirements& requirements) {
    installed = requirements;
    installed.contents.clear();
    asked.Forget();
  }
};

// Which folders go when their last lease does. Leases may outlive the keeper.
struct EnvironmentKeeper::Unused {
  std::mutex mutex;
  std::set<std::string> retired;
  asio::thread_pool* pool = nullptr;  // null: the keeper is gone, and folders stay
  const EnvironmentFolderSet* folders = nullptr;

  void Retire(const std::string& id) {
    const std::lock_guard lock(mutex);
    retired.insert(id);
  }
  void RemoveIfRetired(const std::string& id) {
    const std::lock_guard lock(mutex);
    if (pool == nullptr || retired.erase(id) == 0) return;
    asio::post(*pool, [copy = *folders, id] { copy.Remove(id); });
  }
  void Close() {
    const std::lock_guard lock(mutex);
    pool = nullptr;
  }
};

EnvironmentKeeper::EnvironmentKeeper(asio::io_context& io, KeeperParts parts)
    : io_(io),
      parts_(std::move(parts)),
      unused_(std::make_shared<Unused>()),
      free_(io, Clock::time_point::max()),
      interval_(io) {
  unused_->pool = &parts_.build.pool;
  unused_->folders = &parts_.build.folders;
  for (const NamedEnvironment& environment : parts_.build.config.environments) {
    parts_.environments.AddName(environment.name);
  }
  parts_.environments.OnFirstUse([this](const EnvironmentKey& key) {
    if (closed_ || RequirementsFile(parts_.build.config, key).empty()) return;
    if (!parts_.build.interpreters.contains(key.language)) return;
    Line& line = LineOf(key);
    Adopt(line);
    Begin(line, Build::kIfChanged);
  });
  parts_.environments.OnMissing(
      [this](const EnvironmentKey& key, const std::string& package) { return StateOf(key, package); });
}

EnvironmentKeeper::~EnvironmentKeeper() { unused_->Close(); }

void EnvironmentKeeper::GiveUp() {
  if (closed_) return;
  closed_ = true;
  interval_.cancel();
  parts_.environments.Close();
  for (const auto& [key, line] : lines_) {
    line->retry.cancel();
    line->ended.cancel();
  }
  stop_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> EnvironmentKeeper::Close() {
  GiveUp();
  parts_.build.folders.EndRemovals(Clock::now() + kLastRemovals);
  while (busy_) co_await free_.async_wait(kNoError);
  unused_->Close();
}

// Runs wait from now on, also while the packages of another language are installed first.
void EnvironmentKeeper::Announce(Line& line) {
  line.announced = false;
  try {
    if (MakeRecipe(parts_.build, line.key).empty()) return;
  } catch (const Error&) {
    // Told when it is tried again.
  }
  line.announced = true;
  const EnvironmentKey& key = line.key;
  parts_.environments.Begin(key);
  parts_.environments.Step(key, "waiting for its turn");
}

PackageState EnvironmentKeeper::StateOf(const EnvironmentKey& key, const std::string& package) {
  const auto found = lines_.find(key);
  if (found == lines_.end()) return PackageState::kNotNamed;
  Line& line = *found->second;
  const Config& config = parts_.build.config;
  std::string lock_file;
  const auto read = [&] { return ReadRequested(config, key, lock_file); };
  const Requirements& now = line.asked.Now(RequirementsFile(config, key), read);
  const RequirementLine* asked = FindRequest(now, package);
  if (asked == nullptr) return PackageState::kNotNamed;
  const RequirementLine* installed = FindRequest(line.installed, package);
  if (installed != nullptr && installed->text == asked->text) return PackageState::kInstalled;
  if (line.working) return PackageState::kInstalling;
  if (line.problem.empty()) return PackageState::kToInstall;
  return now.lines == line.tried.lines ? PackageState::kFailed : PackageState::kMended;
}

EnvironmentKeeper::Line& EnvironmentKeeper::LineOf(const EnvironmentKey& key) {
  std::unique_ptr<Line>& line = lines_[key];
  if (!line) line = std::make_unique<Line>(io_, key);
  return *line;
}

void EnvironmentKeeper::Start() {
  busy_ = true;  // until it is cleaned up
  asio::co_spawn(io_, CleanUp(), asio::detached);
  for (const auto& [language, interpreter] : parts_.build.interpreters) {
    Line& line = LineOf({language, ""});
    Adopt(line);
    Begin(line, Build::kIfChanged);
  }
  WaitForInterval();
}

void EnvironmentKeeper::Adopt() {
  for (const auto& [language, interpreter] : parts_.build.interpreters) Adopt(LineOf({language, ""}));
}

// Before anything is built.
asio::awaitable<void> EnvironmentKeeper::CleanUp() {
  auto work = [folders = parts_.build.folders] {
    folders.RemoveBroken();
    return true;
  };
  co_await Aside(parts_.build.pool, std::move(work));
  busy_ = false;
  free_.cancel();
}

void EnvironmentKeeper::WaitForInterval() {
  if (parts_.interval.count() == 0) return;
  interval_.expires_after(parts_.interval);
  interval_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    UpdateAll();
    WaitForInterval();
  });
}

EnvironmentLease EnvironmentKeeper::LeaseOf(const Manifest& manifest) {
  struct Held {
    BuiltEnvironment built;
    Fd lock;
    std::shared_ptr<Unused> unused;
    ~Held() {
      lock.reset();
      unused->RemoveIfRetired(built.id);
    }
  };
  Fd lock = parts_.build.folders.Use(manifest.id);
  if (!lock) return nullptr;
  const auto held = std::make_shared<Held>();
  held->built.id = manifest.id;
  held->built.name = manifest.key.name;
  held->built.language = manifest.key.language;
  held->built.interpreter = InterpreterIn(parts_.build, manifest.key, manifest.id);
  held->lock = std::move(lock);
  held->unused = unused_;
  return {held, &held->built};
}

std::optional<Manifest> EnvironmentKeeper::FindWhole(const Recipe& recipe) const {
  for (Manifest& manifest : parts_.build.folders.Whole()) {
    if (manifest.key == recipe.key && manifest.fingerprint == recipe.fingerprint) return std::move(manifest);
  }
  return std::nullopt;
}

// The latest that was built for the same interpreter serves until there is a better one.
void EnvironmentKeeper::Adopt(Line& line) {
  const Interpreter& interpreter = parts_.build.interpreters.at(line.key.language);
  Recipe recipe;
  try {
    recipe = MakeRecipe(parts_.build, line.key);
    if (recipe.empty()) return;
  } catch (const Error&) {
    // Told when it is tried again.
  }
  std::optional<Manifest> chosen;
  for (const Manifest& manifest : parts_.build.folders.Whole()) {
    if (manifest.key != line.key) continue;
    const bool is_it = manifest.fingerprint == recipe.fingerprint;
    const bool fits = manifest.interpreter == interpreter.path && manifest.version == interpreter.version;
    if (is_it || (fits && !chosen)) chosen = manifest;
    if (is_it) break;
  }
  const EnvironmentLease lease = chosen ? LeaseOf(*chosen) : nullptr;
  if (!lease) return;
  parts_.add(line.key.language, lease);
  parts_.environments.Adopt(line.key, lease);
  if (chosen->fingerprint == recipe.fingerprint) line.HasInstalled(recipe.requirements);
  if (line.key.name.empty()) parts_.retire(line.key.language, nullptr);
}

void EnvironmentKeeper::Begin(Line& line, Build how) {
  if (line.working || closed_) return;
  line.working = true;
  line.retry.cancel();
  Announce(line);
  asio::co_spawn(io_, Work(line, how), asio::detached);
}

asio::awaitable<void> EnvironmentKeeper::TakeTurn() {
  while (busy_) co_await free_.async_wait(kNoError);
  busy_ = true;
}

asio::awaitable<void> EnvironmentKeeper::Work(Line& line, Build how) {
  co_await TakeTurn();
  std::string problem;
  try {
    // So that it can be ended in the middle, and what it has begun be ended in turn.
    auto task = MakeOnce(line, how);
    if (!closed_) {
      co_await asio::co_spawn(io_, std::move(task),
                              asio::bind_cancellation_slot(stop_.slot(), asio::use_awaitable));
    }
  } catch (const std::exception& error) {
    problem = error.what();
  }
  if (!problem.empty()) Fail(line, problem);
  line.problem = std::move(problem);
  line.working = false;
  line.ended.cancel();
  busy_ = false;
  free_.cancel();
}

void EnvironmentKeeper::Fail(Line& line, const std::string& problem) {
  if (closed_) {
    parts_.build.log.Info("the installation of packages was given up, as the server stops",
                          {{"language", LanguageName(line.key.language)}, {"environment", line.key.name}});
    return;
  }
  parts_.build.log.Error(
      "the packages could not be installed; what was in use goes on",
      {{"language", LanguageName(line.key.language)}, {"environment", line.key.name}, {"error", problem}});
  parts_.environments.Fail(line.key, problem);
  line.retry.expires_after(line.pause);
  line.pause = std::min<Clock::duration>(2 * line.pause, kLastRetry);
  line.retry.async_wait([this, &line](const boost::system::error_code& cancelled) {
    if (!cancelled) Begin(line, Build::kIfChanged);
  });
}

asio::awaitable<EnvironmentLease> EnvironmentKeeper::BuildNew(const Recipe& recipe) {
  const EnvironmentFolderSet& folders = parts_.build.folders;
  auto [id, lock] = folders.New(recipe.key.language, recipe.fingerprint);
  std::exception_ptr failed;
  Manifest manifest;
  try {
    std::function<void(std::string)> step = [this, key = recipe.key](std::string text) {
      parts_.environments.Step(key, std::move(text));
    };
    manifest = co_await sandgate::Build(parts_.build, recipe, id, std::move(step));
    // Aside, as it waits for a disk that has all of the packages to write.
    auto finish = [&folders, &manifest] {
      folders.Finish(manifest);
      return true;
    };
    co_await Aside(parts_.build.pool, std::move(finish));
  } catch (...) {
    failed = std::current_exception();
  }
  lock.reset();
  if (!failed) co_return LeaseOf(manifest);
  auto remove = [folders, id = id] { return folders.Remove(id); };
  co_await Aside(parts_.build.pool, std::move(remove));
  std::rethrow_exception(failed);
}

asio::awaitable<EnvironmentLease> EnvironmentKeeper::Obtain(const Recipe& recipe, Build how) {
  if (recipe.empty()) co_return nullptr;
  const EnvironmentLease current = parts_.environments.Choose(recipe.key).built;
  if (how == Build::kIfChanged) {
    const std::optional<Manifest> whole = FindWhole(recipe);
    if (whole && current && current->id == whole->id) co_return current;
    EnvironmentLease lease = whole ? LeaseOf(*whole) : nullptr;
    if (lease) co_return lease;
  }
  EnvironmentLease fresh = co_await BuildNew(recipe);
  if (!fresh) throw Error("the environment was removed while it was built");
  co_return fresh;
}

asio::awaitable<void> EnvironmentKeeper::MakeOnce(Line& line, Build how) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (int change = 0; change < kMostChanges; ++change) {
    line.Tries({});  // where the file cannot be read
    const Recipe recipe = MakeRecipe(parts_.build, line.key);
    line.Tries(recipe.requirements);
    const EnvironmentChoice before = parts_.environments.Choose(line.key);
    if (recipe.empty() && !before.built && !before.failed && !line.announced) co_return;
    parts_.environments.Begin(line.key);
    const auto begun = Clock::now();
    EnvironmentLease lease = co_await Obtain(recipe, how);
    const std::string id = lease ? lease->id : "";
    co_await Switch(line.key, std::move(lease));
    line.HasInstalled(recipe.requirements);
    line.pause = kFirstRetry;
    parts_.build.log.Info("packages in use",
                          {{"language", LanguageName(line.key.language)},
                           {"environment", line.key.name},
                           {"id", id},
                           {"seconds", std::chrono::duration<double>(Clock::now() - begun).count()}});
    how = Build::kIfChanged;
    if (closed_ || MakeRecipe(parts_.build, line.key).fingerprint == recipe.fingerprint) break;
  }
}

// Runs that begin from now on have it; those that live keep theirs.
asio::awaitable<void> EnvironmentKeeper::Switch(EnvironmentKey key, EnvironmentLease fresh) {
  const EnvironmentLease old = parts_.environments.Choose(key).built;
  if (old == fresh) {
    parts_.environments.Use(key, std::move(fresh));
    RemoveOthers(key);
    co_return;
  }
  if (fresh || key.name.empty()) parts_.add(key.language, fresh);
  parts_.environments.Step(key, "warming up");
  if (fresh) co_await parts_.warm_up(fresh);
  parts_.environments.Use(key, fresh);
  if (old) unused_->Retire(old->id);
  if (old || key.name.empty()) parts_.retire(key.language, old);
  RemoveOthers(key);
  if (parts_.on_change) parts_.on_change(key);
}

// Left by earlier servers. Those in use are locked.
void EnvironmentKeeper::RemoveOthers(const EnvironmentKey& key) {
  const EnvironmentLease current = parts_.environments.Choose(key).built;
  asio::post(parts_.build.pool, [folders = parts_.build.folders, key, id = current ? current->id : ""] {
    for (const Manifest& manifest : folders.Whole()) {
      if (manifest.key == key && manifest.id != id) folders.Remove(manifest.id);
    }
  });
}

bool EnvironmentKeeper::Keeps(const Line& line) const {
  try {
    return line.working || !line.problem.empty() || parts_.environments.Choose(line.key).built ||
           !MakeRecipe(parts_.build, line.key).empty();
  } catch (const Error&) {
    return true;
  }
}

bool EnvironmentKeeper::KeepsDefault(Language language) const {
  const auto found = lines_.find({language, ""});
  return found != lines_.end() && Keeps(*found->second);
}

void EnvironmentKeeper::UpdateAll() {
  for (const auto& [key, line] : lines_) Begin(*line, Build::kAnew);
}

asio::awaitable<void> EnvironmentKeeper::Update(Language language) {
  std::vector<Line*> lines;
  for (const auto& [key, line] : lines_) {
    if (key.language == language && Keeps(*line)) lines.push_back(line.get());
  }
  if (closed_ && !lines.empty()) throw Stopping(kGivenUp);
  for (Line* line : lines) Begin(*line, Build::kAnew);
  std::string problem;
  for (Line* line : lines) {
    while (line->working && !closed_) co_await line->ended.async_wait(kNoError);
    if (closed_ && (line->working || !line->problem.empty())) throw Stopping(kGivenUp);
    if (!line->problem.empty()) problem = line->problem;
  }
  if (!problem.empty()) throw BuildFailure(problem);
}

}  // namespace sandgate

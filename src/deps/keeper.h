// SPDX-License-Identifier: Apache-2.0
// Keeps the environments that the configuration asks for: at start uses those that are there already, builds
// what is missing, one at a time, switches to a new one only when it is whole, and removes those that nobody
// uses any more. What fails leaves what was in use. On the server's io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "deps/build.h"
#include "run/environments.h"

namespace sandgate {

// What the keeper works with; all of it outlives it.
struct KeeperParts {
  BuildParts build;
  Environments& environments;
  // Fork servers for an environment; for null, those of the language's interpreter as it was found.
  std::function<void(Language, const EnvironmentLease&)> add;
  std::function<boost::asio::awaitable<void>(EnvironmentLease)> warm_up;
  std::function<void(Language, const EnvironmentLease&)> retire;
  std::function<void(const EnvironmentKey&)> on_change;  // another environment is in use
  std::chrono::seconds interval{};                       // all are built anew after this time; 0: never
};

class EnvironmentKeeper {
 public:
  EnvironmentKeeper(boost::asio::io_context& io, KeeperParts parts);
  ~EnvironmentKeeper();

  // Returns at once; default environments that are not there yet are being built then. Those with a name are
  // when they are first asked for.
  void Start();
  // Uses the default ones that are there, and builds none; for those who do not serve.
  void Adopt();
  // Has the default environment of the language, and those with a name that were asked for since the start,
  // built anew, whatever there is; one build serves all who ask meanwhile. Returns at once where no packages
  // are asked for and none were. Throws BuildFailure, and else Stopping at once after GiveUp(). May be
  // cancelled; the build goes on.
  boost::asio::awaitable<void> Update(Language language);
  // The same for all languages, without waiting.
  void UpdateAll();
  // True where the default environment has packages, wants some, or could not have them.
  bool KeepsDefault(Language language) const;
  // Begins to end what is being built, and begins nothing any more; nobody waits for it any longer.
  void GiveUp();
  // The same, and returns when it has ended. To be awaited before the runner is closed.
  boost::asio::awaitable<void> Close();

 private:
  using Clock = std::chrono::steady_clock;
  struct Line;
  enum class Build { kIfChanged, kAnew };
  struct Unused;

  Line& LineOf(const EnvironmentKey& key);
  void Adopt(Line& line);
  PackageState StateOf(const EnvironmentKey& key, const std::string& package);
  bool Keeps(const Line& line) const;
  void Announce(Line& line);
  void Begin(Line& line, Build how);
  boost::asio::awaitable<void> Work(Line& line, Build how);
  boost::asio::awaitable<void> TakeTurn();
  boost::asio::awaitable<void> MakeOnce(Line& line, Build how);
  boost::asio::awaitable<EnvironmentLease> Obtain(const Recipe& recipe, Build how);
  boost::asio::awaitable<EnvironmentLease> BuildNew(const Recipe& recipe);
  boost::asio::awaitable<void> Switch(EnvironmentKey key, EnvironmentLease fresh);
  void Fail(Line& line, const std::string& problem);
  EnvironmentLease LeaseOf(const Manifest& manifest);
  std::optional<Manifest> FindWhole(const Recipe& recipe) const;
  void RemoveOthers(const EnvironmentKey& key);
  boost::asio::awaitable<void> CleanUp();
  void WaitForInterval();

  boost::asio::io_context& io_;
  KeeperParts parts_;
  std::shared_ptr<Unused> unused_;
  std::map<EnvironmentKey, std::unique_ptr<Line>> lines_;
  bool busy_ = false;
  bool closed_ = false;
  boost::asio::cancellation_signal stop_;  // the build under way
  boost::asio::steady_timer free_;         // cancelled when a build ends; never expires
  boost::asio::steady_timer interval_;
};

}  // namespace sandgate

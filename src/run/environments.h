// SPDX-License-Identifier: Apache-2.0
// Which environment (an interpreter with packages of its own) a run gets: the one in use, whatever is being
// built meanwhile. Whoever builds them (deps/) tells here; runs ask here. On the server's io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "i18n/message.h"
#include "run/package_state.h"
#include "sandbox/interpreter.h"

namespace sandgate {

// The packages are being installed for the first time; the text says so in the request's language.
class NotReady : public Error {
 public:
  using Error::Error;
};

// A request names an environment that the configuration does not have; the same.
class UnknownEnvironment : public Error {
 public:
  using Error::Error;
};

struct EnvironmentKey {
  Language language = Language::kPython;
  std::string name;  // empty: the default one
  bool operator==(const EnvironmentKey&) const = default;
  bool operator<(const EnvironmentKey& other) const {
    return std::tie(language, name) < std::tie(other.language, other.name);
  }
};

struct EnvironmentStatus {
  EnvironmentKey key;
  EnvironmentLease current;  // null: runs get the interpreter as it was found
  bool building = false;
  std::string step;             // what is being done, while it is being built
  double building_seconds = 0;  // so far
  std::string problem;          // why the latest build failed; empty when it did not
  std::uint64_t builds = 0;     // that have ended
  std::uint64_t failures = 0;
};

// What a run gets.
struct EnvironmentChoice {
  EnvironmentLease built;  // null: the interpreter as it was found
  bool failed = false;     // it is not the environment that was asked for, as that could not be built
};

class Environments {
 public:
  using Clock = std::chrono::steady_clock;

  // Runs wait so long for the first build of theirs.
  Environments(boost::asio::io_context& io, std::chrono::seconds patience) : io_(io), patience_(patience) {}

  // `name` may be asked for.
  void AddName(const std::string& name) { names_.insert(name); }
  // Called once for each environment that is asked for and of which nothing is known by then; may call Begin.
  void OnFirstUse(std::function<void(const EnvironmentKey&)> begin) { on_first_use_ = std::move(begin); }

  // Asked what became of a package, by a name that a program printed; reads nothing but the operator's file.
  void OnMissing(std::function<PackageState(const EnvironmentKey&, const std::string& package)> ask) {
    on_missing_ = std::move(ask);
  }
  // kNotNamed where nobody builds.
  PackageState StateOf(const EnvironmentKey& key, const std::string& package) const {
    return on_missing_ ? on_missing_(key, package) : PackageState::kNotNamed;
  }

  // Throws UnknownEnvironment where the configuration has no environment of that name; empty: the default
  // one.
  void RequireKnown(const std::string& name, Locale locale) const;
  // For a run that is to begin: returns when a first build has ended; without `wait` at once. Throws
  // NotReady, UnknownEnvironment, and after Close() Stopping where there is nothing that the run could have.
  boost::asio::awaitable<void> Await(EnvironmentKey key, bool wait, Locale locale);
  // What a run gets that begins now.
  EnvironmentChoice Choose(const EnvironmentKey& key) const;

  // From whoever builds, in this order: Begin, Step as often as it likes, Use or Fail.
  void Begin(const EnvironmentKey& key);
  // Runs that wait are told it: nothing of the operator's file is in it.
  void Step(const EnvironmentKey& key, std::string step);
  // Null: nothing is to be installed. Returns what was in use before.
  EnvironmentLease Use(const EnvironmentKey& key, EnvironmentLease built);
  void Fail(const EnvironmentKey& key, std::string problem);
  // No build ends any more: what is in use stays.
  void Close();
  // One from an earlier time serves while the first is being built.
  void Adopt(const EnvironmentKey& key, EnvironmentLease built);

  std::vector<EnvironmentStatus> Status() const;

 private:
  struct Entry {
    explicit Entry(boost::asio::io_context& io) : ended(io, Clock::time_point::max()) {}
    EnvironmentStatus status;
    bool served = false;  // a build has ended, or an earlier one was adopted
    Clock::time_point since;
    Clock::time_point waited_for;     // runs wait until then
    boost::asio::steady_timer ended;  // cancelled when a build ends; never expires
  };

  Entry& EntryOf(const EnvironmentKey& key);
  void End(Entry& entry);

  boost::asio::io_context& io_;
  std::chrono::seconds patience_;
  std::set<std::string> names_;
  std::function<void(const EnvironmentKey&)> on_first_use_;
  std::function<PackageState(const EnvironmentKey&, const std::string&)> on_missing_;
  std::set<EnvironmentKey> asked_for_;
  bool closed_ = false;
  std::map<EnvironmentKey, std::unique_ptr<Entry>> entries_;
};

// The file that the configuration has for `key`; empty where it has none.
std::string RequirementsFile(const Config& config, const EnvironmentKey& key);
// As whoever runs code is told of it, without a path of this machine: "dependencies/web/package.json"; where
// it is elsewhere or there is none, the setting: "environments.web.package_json".
std::string RequirementsPlace(const Config& config, const EnvironmentKey& key);

// "the environment data of python3", "the packages of python3"
std::string EnvironmentName(const EnvironmentKey& key, Locale locale);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Which packages the runs of an environment have: asked from its interpreter, in an ordinary jailed run, so
// that the answer is what a run can import.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "deps/folders.h"
#include "run/environments.h"
#include "run/runner.h"

namespace sandgate {

class InstalledPackages {
 public:
  // `runner` must outlive this object and its answers.
  explicit InstalledPackages(Runner& runner) : runner_(runner) {}

  // What the last Refresh() found. Where there was none yet, or since Forget(), it waits for the one under
  // way, or asks. Throws Error as Refresh() does.
  boost::asio::awaitable<Packages> List(EnvironmentKey key, Locale locale);
  // Asks the interpreter, in a run of its own behind the queue. Throws Error when the run fails or its
  // output is not the expected list; UnknownEnvironment and NotReady as a run does, in this language.
  boost::asio::awaitable<Packages> Refresh(EnvironmentKey key, Locale locale);
  // What was found of any environment of the language is no longer true, nor will be what a refresh under way
  // finds.
  void Forget(Language language);

 private:
  // Of one that is under way; cancelled at its end. Never expires by itself.
  using Refreshing = std::shared_ptr<boost::asio::steady_timer>;
  // Shared with the refreshes under way, which may be destroyed after this object.
  struct State {
    std::map<EnvironmentKey, Packages> known;
    std::map<EnvironmentKey, Refreshing> refreshing;  // the latest, whose list counts
  };
  static bool IsLatest(const State& state, const EnvironmentKey& key, const Refreshing& one);

  Runner& runner_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// The list in the output of the listing program. Throws Error.
Packages ParsePackages(const std::string& json);

}  // namespace sandgate

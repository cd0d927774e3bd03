// SPDX-License-Identifier: Apache-2.0
// Parked children: made ahead of time, confined, each waiting for the code of one run. A run that finds one
// is spared the fork or, where there is no fork server, the start of the interpreter. On the server's
// io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "run/child.h"

namespace sandgate {

// What parked children are made with; all of it outlives them.
struct ParkedParts {
  ChildMaker& maker;
  Spawners& spawners;
  PolicyStore& policies;
  std::size_t size;  // at most so many for each environment, and one where there is no fork server
};

// They stand under the configuration's policy for their environment, and under its limits until a run takes
// one.
class ParkedChildren {
 public:
  ParkedChildren(boost::asio::io_context& io, ParkedParts parts) : io_(io), parts_(parts) {}

  ~ParkedChildren();
  ParkedChildren(const ParkedChildren&) = delete;
  ParkedChildren& operator=(const ParkedChildren&) = delete;

  // `may_make` tells whether now is a good time to make one.
  void OnlyWhen(std::function<bool()> may_make) { may_make_ = std::move(may_make); }
  // One that lives, stands under the policy and the limits asked for, and whose spawner is the one in use;
  // never the same twice.
  std::optional<Child> Take(const ChildRequest& request);
  // Fills up in a moment, when what is being answered now has been sent.
  void Refill(const RunEnvironment& environment);
  // The same for every environment that has been asked for: one whose moment was a bad one gets another.
  void RefillAll();
  // How many wait.
  std::size_t Count(const RunEnvironment& environment) const;
  // Ends those of a spawner that is no longer in use.
  void DropStale(const RunEnvironment& environment);
  // Ends those of an environment of which the spawners make none any more.
  void Retire(Language language, const EnvironmentLease& built);
  // Ends those that were started cold before the packages of the language changed.
  void DropCold(Language language);
  // Ends all of them; none is made any more.
  boost::asio::awaitable<void> Close();

 private:
  struct Stock {
    std::deque<Child> children;
    bool filling = false;
  };

  std::size_t SizeFor(const RunEnvironment& environment) const;
  void DropIf(Stock& stock, const std::function<bool(const Child&)>& unwanted);
  void DiscardAll();
  boost::asio::awaitable<void> Fill(RunEnvironment environment);

  boost::asio::io_context& io_;
  ParkedParts parts_;
  std::function<bool()> may_make_;
  std::map<RunEnvironment, Stock> stocks_;
  bool closing_ = false;
};

}  // namespace sandgate

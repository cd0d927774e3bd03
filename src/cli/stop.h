// SPDX-License-Identifier: Apache-2.0
// How `serve` ends: what is being installed is given up, runs under way get their time, those that take
// longer are ended, and each client gets an answer.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>

#include "cli/engine.h"
#include "deps/keeper.h"
#include "http/server.h"
#include "obs/log.h"
#include "run/readiness.h"

namespace sandgate {

// All of it outlives the run of `io`.
struct Stoppable {
  boost::asio::io_context& io;
  boost::asio::signal_set& signals;
  http::Server& server;
  Engine& engine;
  Readiness& readiness;
  EnvironmentKeeper* keeper;  // null: there is none
  std::chrono::seconds drain_limit;
  const Logger& log;
};

// Waits for a signal, then stops everything and `io`. A second signal ends the runs that are still under way.
boost::asio::awaitable<void> StopOnSignal(Stoppable all);

}  // namespace sandgate

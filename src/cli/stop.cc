// SPDX-License-Identifier: Apache-2.0
#include "cli/stop.h"

#include <boost/asio/use_awaitable.hpp>

namespace sandgate {

namespace asio = boost::asio;

namespace {

void TellBegin(const Stoppable& all, int signal) {
  const RunCounts runs = all.engine.jail_runner().Counts();
  all.log.Info("draining",
               {{"signal", signal},
                {"running", runs.running},
                {"waiting", runs.waiting},
                {"at_most_seconds", all.drain_limit.count()},
                {"hint", "runs may end by themselves until then; a second signal ends them at once"}});
}

// `left`: the runs that had not ended by themselves.
void TellEnd(const Stoppable& all, RunCounts left, bool again) {
  if (left.running + left.waiting == 0) {
    all.log.Info("drained: all runs have ended");
    return;
  }
  all.log.Warn("drained: runs were ended", {{"ended", left.running},
                                            {"not_begun", left.waiting},
                                            {"reason", again ? "a second signal" : "server.drain_timeout"}});
}

}  // namespace

asio::awaitable<void> StopOnSignal(Stoppable all) {
  const int signal = co_await all.signals.async_wait(asio::use_awaitable);
  TellBegin(all, signal);
  bool again = false;
  all.signals.async_wait([&](const boost::system::error_code& failed, int) {
    if (failed) return;
    again = true;
    all.server.EndDraining();
  });
  all.readiness.Drain();
  if (all.keeper != nullptr) all.keeper->GiveUp();
  co_await all.server.Drain(all.drain_limit);
  const bool was_told = again;
  if (all.keeper != nullptr) co_await all.keeper->Close();
  const RunCounts left = all.engine.jail_runner().Counts();
  co_await all.engine.runner().Close();
  co_await all.server.Close();
  TellEnd(all, left, was_told);
  all.io.stop();
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "run/workers.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace sandgate {

namespace asio = boost::asio;

void Workers::AddLane(const std::string& lane, std::int64_t most) { lanes_[lane].most = most; }

void Workers::Give(Lane& lane) {
  --free_;
  ++lane.running;
  lane.turn = ++turns_;
}

// Of the lanes that wait and may have one more worker, the one served longest ago.
Workers::Lane* Workers::Next() {
  Lane* next = nullptr;
  for (auto& [name, lane] : lanes_) {
    if (lane.waiting.empty() || !lane.HasRoom()) continue;
    if (next == nullptr || lane.turn < next->turn) next = &lane;
  }
  return next;
}

void Workers::Serve() {
  while (free_ > 0) {
    Lane* lane = Next();
    if (lane == nullptr) return;
    Waiter* waiter = lane->waiting.front();
    lane->waiting.pop_front();
    Give(*lane);
    waiter->granted = true;
    waiter->timer.cancel();
  }
}

asio::awaitable<void> Workers::Acquire(std::string name) {
  Lane& lane = lanes_[name];
  if (free_ > 0 && lane.HasRoom()) {
    Give(lane);
    co_return;
  }
  Waiter waiter{asio::steady_timer(io_, asio::steady_timer::time_point::max())};
  lane.waiting.push_back(&waiter);
  // Completes when it is granted a worker, or when the request is cancelled.
  co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const bool cancelled =
      (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
  if (waiter.granted && !cancelled) co_return;
  if (waiter.granted) Release(name);
  lane.waiting.remove(&waiter);
  throw boost::system::system_error(asio::error::operation_aborted);
}

void Workers::Release(const std::string& name) {
  --lanes_[name].running;
  ++free_;
  Serve();
}

std::vector<LaneStatus> Workers::Status() const {
  std::vector<LaneStatus> all;
  for (const auto& [name, lane] : lanes_) {
    all.push_back({name, static_cast<std::int64_t>(lane.waiting.size()), lane.running});
  }
  return all;
}

}  // namespace sandgate

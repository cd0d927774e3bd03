// SPDX-License-Identifier: Apache-2.0
#include "run/workers.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace sandgate {

namespace asio = boost::asio;

asio::awaitable<void> Workers::Acquire() {
  if (free_ > 0) {
    --free_;
    co_return;
  }
  Waiter waiter{asio::steady_timer(io_, asio::steady_timer::time_point::max())};
  queue_.push_back(&waiter);
  // Completes when it is granted a worker, or when the request is cancelled.
  co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const bool cancelled =
      (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
  if (waiter.granted && !cancelled) co_return;
  if (waiter.granted) Release();
  queue_.remove(&waiter);
  throw boost::system::system_error(asio::error::operation_aborted);
}

void Workers::Release() {
  if (queue_.empty()) {
    ++free_;
    return;
  }
  Waiter* next = queue_.front();
  queue_.pop_front();
  next->granted = true;
  next->timer.cancel();
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The one place where a second thread works: what takes long and needs nothing but its arguments, such as
// reading a body of many megabytes or removing a run's files, is done in a pool, while the event loop answers
// others.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace sandgate {

template <typename Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> Computed(Work work) {
  co_return work();
}

// What `work()` returns, computed in `pool`. It must touch nothing that the event loop touches meanwhile.
// It is not cut short when the caller is cancelled, so `work` may refer to variables of the caller.
template <typename Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> Aside(boost::asio::thread_pool& pool, Work work) {
  co_return co_await boost::asio::co_spawn(pool, Computed(std::move(work)), boost::asio::use_awaitable);
}

// The same for a caller on `io` that does not wait for ever: nothing, where `work` takes longer than until
// `end` or the caller is cancelled. `work` goes on then, so it owns all that it uses; it does not throw.
// Give it a variable: g++ 12 destroys twice what a temporary in a co_await expression owns.
template <typename Work>
boost::asio::awaitable<std::optional<std::invoke_result_t<Work&>>> AsideUntil(
    std::chrono::steady_clock::time_point end, boost::asio::io_context& io, boost::asio::thread_pool& pool,
    Work work) {
  using Result = std::invoke_result_t<Work&>;
  struct State {
    boost::asio::steady_timer done;  // cancelled when it is
    std::optional<Result> result;
  };
  const auto state = std::make_shared<State>(State{boost::asio::steady_timer(io, end), std::nullopt});
  boost::asio::post(pool, [&io, state = state, work = std::move(work)]() mutable {
    Result result = work();
    // With the last reference: the timer is the event loop's.
    boost::asio::post(io, [state = std::move(state), result = std::move(result)]() mutable {
      state->result = std::move(result);
      state->done.cancel();
    });
  });
  co_await state->done.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return std::move(state->result);
}

}  // namespace sandgate

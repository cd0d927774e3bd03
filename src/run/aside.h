// SPDX-License-Identifier: Apache-2.0
// The one place where a second thread works: what takes long and needs nothing but its arguments, such as
// reading a body of many megabytes or removing a run's files, is done in a pool, while the event loop answers
// others.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
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

}  // namespace sandgate

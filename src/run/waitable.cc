// SPDX-License-Identifier: Apache-2.0
#include "run/waitable.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr auto kUnwatchedPause = std::chrono::milliseconds(5);

}  // namespace

asio::awaitable<bool> Waitable::Wait(Stream::wait_type what) {
  boost::system::error_code failed;
  if (fd_) stream_.assign(fd_.get(), failed);
  if (failed) {
    asio::steady_timer pause(stream_.get_executor(), kUnwatchedPause);
    const auto [cancelled] = co_await pause.async_wait(kNoError);
    co_return !cancelled;
  }
  if (fd_) static_cast<void>(fd_.release());  // the stream closes it
  const auto [cancelled] = co_await stream_.async_wait(what, kNoError);
  co_return !cancelled;
}

void Waitable::Cancel() {
  if (stream_.is_open()) stream_.cancel();
}

void Waitable::Close() {
  fd_.reset();
  stream_.close();
}

Fd Waitable::Release() {
  if (fd_) return std::move(fd_);
  return Fd(stream_.is_open() ? stream_.release() : -1);
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// A descriptor that a coroutine can wait for.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>

#include "base/fd.h"

namespace sandgate {

// A non-blocking descriptor that the event loop watches from the first wait on: to watch one costs more than
// to read it once.
class Waitable {
 public:
  using Stream = boost::asio::posix::stream_descriptor;

  Waitable(const Stream::executor_type& executor, Fd fd) : fd_(std::move(fd)), stream_(executor) {}

  // The borrowed descriptor.
  int get() { return fd_ ? fd_.get() : stream_.native_handle(); }
  // Returns when it may be ready, and after Cancel(), which is the only false. Where the kernel has no room
  // to watch it: in a while.
  boost::asio::awaitable<bool> Wait(Stream::wait_type what);
  void Cancel();
  void Close();
  // Gives it back; empty where that has been done.
  Fd Release();

 private:
  Fd fd_;  // until it is watched
  Stream stream_;
};

}  // namespace sandgate

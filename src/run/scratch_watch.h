// SPDX-License-Identifier: Apache-2.0
// Measures scratch directories of runs that go on, on a thread of its own: a large one takes a tenth of a
// second. On the server's io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <string>

#include "config/config.h"
#include "run/evidence.h"

namespace sandgate {

struct ScratchLook {
  Stop stop = Stop::kNone;                      // the limit that what is in the directory is above
  bool failed = false;                          // it could not be measured
  std::chrono::steady_clock::duration time{0};  // without the wait for the thread
};

class ScratchWatch {
 public:
  explicit ScratchWatch(boost::asio::io_context& io) : io_(io) {}

  // May be cancelled.
  boost::asio::awaitable<ScratchLook> Look(std::string directory, Limits limits);

 private:
  boost::asio::io_context& io_;
  boost::asio::thread_pool pool_{1};
};

}  // namespace sandgate

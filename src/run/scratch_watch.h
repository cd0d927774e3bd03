// SPDX-License-Identifier: Apache-2.0
// Measures scratch directories of runs that go on, on a thread of its own: a large one takes a tenth of a
// second. On the server's io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <string>

#include "config/config.h"
#include "obs/log.h"
#include "run/evidence.h"

namespace sandgate {

class ScratchWatch {
 public:
  ScratchWatch(boost::asio::io_context& io, const Logger& log) : io_(io), log_(log) {}

  // The limit that what is in `directory` is above, or Stop::kNone. May be cancelled.
  boost::asio::awaitable<Stop> Look(std::string directory, Limits limits);

 private:
  boost::asio::io_context& io_;
  const Logger& log_;
  boost::asio::thread_pool pool_{1};
};

}  // namespace sandgate

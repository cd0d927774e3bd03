// SPDX-License-Identifier: Apache-2.0
// Reads what the arguments of refused calls point to, beside the event loop. Whoever looks into a run's
// memory takes a lock (mmap_lock) which threads of the run that change their memory map can hold for as long
// as they like.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>

#include "policy/explain.h"
#include "sandbox/notify.h"

namespace sandgate {

class ArgumentReader {
 public:
  explicit ArgumentReader(boost::asio::io_context& io) : io_(io) {}

  // The arguments of a call that waits for its answer at `listener`, of a process whose uid is `uid` where
  // that is not the server's; ended when reading them takes too long or the caller is cancelled. A reader
  // that is held up is one of few: the caller asks no more for a run of which it has been told nothing.
  boost::asio::awaitable<std::optional<DecodedCall>> Read(int listener, Notification notification,
                                                          std::optional<std::uint32_t> uid);

 private:
  boost::asio::io_context& io_;
  std::optional<boost::asio::thread_pool> readers_;  // from the first call on that needs one
};

}  // namespace sandgate

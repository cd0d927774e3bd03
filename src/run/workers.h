// SPDX-License-Identifier: Apache-2.0
// The queue behind max_workers: first come, first served; a request that leaves is taken out.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

namespace sandgate {

class Workers {
 public:
  Workers(boost::asio::io_context& io, std::int64_t count) : io_(io), free_(count) {}

  // Waits for a worker. May be cancelled; then nothing is held.
  boost::asio::awaitable<void> Acquire();
  void Release();
  bool HasFree() const { return free_ > 0; }

 private:
  struct Waiter {
    boost::asio::steady_timer timer;
    bool granted = false;
  };

  boost::asio::io_context& io_;
  std::int64_t free_;
  std::list<Waiter*> queue_;  // the waiters live in the frames of Acquire
};

}  // namespace sandgate

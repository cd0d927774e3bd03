// SPDX-License-Identifier: Apache-2.0
// The queue behind max_workers. Each API key has a lane of its own, first come, first served; a worker that
// is free goes to the lane that waits and was served longest ago. So a key that floods delays another one by
// the runs that have begun, not by those that wait. A request that leaves is taken out.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace sandgate {

struct LaneStatus {
  std::string name;
  std::int64_t waiting = 0;
  std::int64_t running = 0;  // workers that it has
};

class Workers {
 public:
  Workers(boost::asio::io_context& io, std::int64_t count) : io_(io), free_(count) {}

  // The lane never has more than `most` workers at a time; 0: as many as there are. A lane that is not named
  // here is made when it is first asked for, without such a bound.
  void AddLane(const std::string& lane, std::int64_t most);
  // Waits for a worker. May be cancelled; then nothing is held.
  boost::asio::awaitable<void> Acquire(std::string lane);
  void Release(const std::string& lane);
  bool HasFree() const { return free_ > 0; }
  std::vector<LaneStatus> Status() const;

 private:
  struct Waiter {
    boost::asio::steady_timer timer;
    bool granted = false;
  };
  struct Lane {
    bool HasRoom() const { return most == 0 || running < most; }

    std::int64_t most = 0;
    std::int64_t running = 0;
    std::uint64_t turn = 0;      // when it was served last
    std::list<Waiter*> waiting;  // the waiters live in the frames of Acquire
  };

  void Give(Lane& lane);
  Lane* Next();
  void Serve();

  boost::asio::io_context& io_;
  std::int64_t free_;  // while some are, only lanes without room wait
  std::uint64_t turns_ = 0;
  std::map<std::string, Lane> lanes_;
};

}  // namespace sandgate

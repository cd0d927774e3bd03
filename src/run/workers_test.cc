// SPDX-License-Identifier: Apache-2.0
// Who gets a worker, and in which order.
#include "run/workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <optional>

namespace sandgate {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WorkersTest : public ::testing::Test {
 protected:
  static asio::awaitable<void> Take(WorkersTest* test, std::string lane, std::string name) {
    co_await test->workers().Acquire(lane);
    test->served_.push_back(name);
  }
  void Ask(const std::string& lane, const std::string& name) {
    asio::co_spawn(io_, Take(this, lane, name), asio::detached);
    Settle();
  }
  void Release(const std::string& lane) {
    workers_->Release(lane);
    Settle();
  }
  void Settle() {
    io_.restart();
    io_.poll();
  }
  Workers& workers() { return *workers_; }

  asio::io_context io_;
  std::optional<Workers> workers_{std::in_place, io_, 1};
  std::vector<std::string> served_;
};

TEST_F(WorkersTest, OneLaneIsServedInTheOrderOfItsRequests) {
  for (const char* name : {"1", "2", "3"}) Ask("a", name);
  EXPECT_THAT(served_, ElementsAre("1"));
  Release("a");
  Release("a");
  EXPECT_THAT(served_, ElementsAre("1", "2", "3"));
}

TEST_F(WorkersTest, AFloodDelaysAnotherLaneByWhatHasBegunOnly) {
  for (const char* name : {"a1", "a2", "a3", "a4"}) Ask("a", name);
  Ask("b", "b1");
  Release("a");
  EXPECT_THAT(served_, ElementsAre("a1", "b1"));
}

TEST_F(WorkersTest, LanesThatWaitTakeTurns) {
  for (const char* name : {"a1", "a2", "a3"}) Ask("a", name);
  for (const char* name : {"b1", "b2"}) Ask("b", name);
  Ask("c", "c1");
  for (const char* lane : {"a", "b", "c", "a", "b"}) Release(lane);
  EXPECT_THAT(served_, ElementsAre("a1", "b1", "c1", "a2", "b2", "a3"));
}

// One who asks again at once has not been served more recently than the flood.
TEST_F(WorkersTest, WhoAsksOneByOneIsServedEverySecondTime) {
  for (const char* name : {"a1", "a2", "a3", "a4"}) Ask("a", name);
  Ask("b", "b1");
  Release("a");
  Release("b");
  Ask("b", "b2");
  Release("a");
  EXPECT_THAT(served_, ElementsAre("a1", "b1", "a2", "b2"));
}

TEST_F(WorkersTest, ALaneHasNoMoreWorkersThanItMay) {
  workers_.emplace(io_, 3);
  workers_->AddLane("a", 1);
  for (const char* name : {"a1", "a2", "a3"}) Ask("a", name);
  EXPECT_THAT(served_, ElementsAre("a1"));
  EXPECT_TRUE(workers_->HasFree());
  Ask("b", "b1");
  Ask("b", "b2");
  EXPECT_THAT(served_, ElementsAre("a1", "b1", "b2")) << "the others pass it";
  Release("b");
  EXPECT_THAT(served_, ElementsAre("a1", "b1", "b2")) << "still one too many";
  Release("a");
  EXPECT_THAT(served_, ElementsAre("a1", "b1", "b2", "a2"));
}

TEST_F(WorkersTest, WhoLeavesIsTakenOut) {
  Ask("a", "a1");
  asio::cancellation_signal leave;
  asio::co_spawn(io_, Take(this, "a", "left"),
                 asio::bind_cancellation_slot(leave.slot(), [](const std::exception_ptr&) {}));
  Settle();
  Ask("a", "a2");
  leave.emit(asio::cancellation_type::terminal);
  Settle();
  Release("a");
  EXPECT_THAT(served_, ElementsAre("a1", "a2"));
}

// Between being granted a worker and waking up.
TEST_F(WorkersTest, WhoLeavesWithAWorkerInHandPassesItToAnotherLane) {
  Ask("a", "a1");
  asio::cancellation_signal leave;
  asio::co_spawn(io_, Take(this, "b", "left"),
                 asio::bind_cancellation_slot(leave.slot(), [](const std::exception_ptr&) {}));
  Settle();
  Ask("c", "c1");
  asio::post(io_, [&] {
    workers_->Release("a");
    leave.emit(asio::cancellation_type::terminal);
  });
  Settle();
  EXPECT_THAT(served_, ElementsAre("a1", "c1"));
  Release("c");
  EXPECT_TRUE(workers_->HasFree());
}

TEST_F(WorkersTest, TheStatusCountsWhoWaitsAndWhoRuns) {
  EXPECT_THAT(workers_->Status(), IsEmpty());
  Ask("a", "a1");
  Ask("b", "b1");
  const std::vector<LaneStatus> all = workers_->Status();
  ASSERT_EQ(2u, all.size());
  EXPECT_EQ(1, all[0].running);
  EXPECT_EQ(0, all[0].waiting);
  EXPECT_EQ(0, all[1].running);
  EXPECT_EQ(1, all[1].waiting);
}

}  // namespace
}  // namespace sandgate

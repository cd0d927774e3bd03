// SPDX-License-Identifier: Apache-2.0
#include "sandbox/crowd.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/sys.h"

namespace sandgate {
namespace {

constexpr int kLooks = 1000;

std::vector<int> Processes(std::size_t count, int first) {
  std::vector<int> processes(count);
  std::iota(processes.begin(), processes.end(), first);
  return processes;
}

// How many of `kLooks` looks find a crowd among `lasting` processes, and `arriving` new ones every `every`
// looks.
int LooksThatFindACrowd(std::size_t lasting, std::size_t arriving, int every = 1) {
  Crowd crowd;
  int found = 0;
  for (int look = 0; look < kLooks; ++look) {
    std::vector<int> processes = Processes(lasting, 1);
    const std::vector<int> arrived = Processes(arriving, 1000 + look / every * 100);
    processes.insert(processes.end(), arrived.begin(), arrived.end());
    found += crowd.Look(std::move(processes)) ? 1 : 0;
  }
  return found;
}

TEST(Crowd, IsMoreThanEightProcessesForEachProcessor) {
  const std::size_t most = 8 * sys::Processors();
  const auto is_crowd_in_the_end = [](std::size_t count) {
    Crowd crowd;
    for (int look = 0; look < kLooks; ++look) crowd.Look(Processes(count, 1));
    return crowd.Look(Processes(count, 1));
  };
  EXPECT_FALSE(is_crowd_in_the_end(most));
  EXPECT_TRUE(is_crowd_in_the_end(most + 1));
}

TEST(Crowd, IsNotAFewProcessesThatStay) { EXPECT_EQ(LooksThatFindACrowd(7, 0), 0); }

TEST(Crowd, IsTwoProcessesThatEachForkAndReap) { EXPECT_GT(LooksThatFindACrowd(2, 2), kLooks - 20); }

TEST(Crowd, IsNotAScriptThatRunsOneCommandOfAFiftiethOfASecondAfterTheOther) {
  EXPECT_EQ(LooksThatFindACrowd(1, 1, 2), 0);
}

TEST(Crowd, IsOverOnceNothingComesAndGoes) {
  Crowd crowd;
  for (int look = 0; look < 50; ++look) crowd.Look(Processes(4, 1000 + look * 10));
  EXPECT_TRUE(crowd.Look(Processes(4, 9000)));
  bool is_crowd = true;
  for (int look = 0; look < 50; ++look) is_crowd = crowd.Look(Processes(4, 9000));
  EXPECT_FALSE(is_crowd);
}

TEST(Crowd, IsStillUntilSomethingComesAndSoonAfter) {
  Crowd crowd;
  const auto look = [&crowd](const std::vector<int>& processes, int times) {
    for (int i = 0; i < times; ++i) crowd.Look(processes);
    return crowd.IsStill();
  };
  EXPECT_FALSE(look({1, 2}, 2));
  EXPECT_TRUE(look({1, 2}, 1));
  EXPECT_FALSE(look({1, 2, 3}, 1));
  EXPECT_TRUE(look({1, 2, 3}, 20));
}

}  // namespace
}  // namespace sandgate

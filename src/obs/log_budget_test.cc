// SPDX-License-Identifier: Apache-2.0
#include "obs/log_budget.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(LogBudget, AllowsABurstAndThenSoManyASecond) {
  LogBudget budget(5, milliseconds(100));
  const LogBudget::Clock::time_point begin{seconds(1000)};
  int written = 0;
  for (int i = 0; i < 20; ++i) written += budget.Take(begin) ? 1 : 0;
  EXPECT_EQ(written, 5);
  EXPECT_EQ(budget.TakeLeftOut(), 15U);
  EXPECT_EQ(budget.TakeLeftOut(), 0U);
  for (int i = 0; i < 20; ++i) written += budget.Take(begin + milliseconds(250)) ? 1 : 0;
  EXPECT_EQ(written, 7);
  for (int i = 0; i < 20; ++i) written += budget.Take(begin + seconds(60)) ? 1 : 0;
  EXPECT_EQ(written, 12) << "what was not used is not saved";
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "config/limits.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

TEST(LimitsTest, EveryLimitOfTheConfigurationHasARowAndEveryRowAnOption) {
  for (const LimitRow& row : LimitRows()) EXPECT_GE(OptionOf(row).max, 1) << row.field;
  for (const Option& option : Options()) {
    // The memory of the run as a whole is kept by its cgroup, which is made with the slot.
    if (!option.key.starts_with("limits.") || option.key == "limits.run_memory_mb") continue;
    const LimitRow* row = FindLimit(option.key.substr(7));
    ASSERT_NE(row, nullptr) << option.key;
    EXPECT_EQ(row->setting, option.key);
  }
  EXPECT_EQ(FindLimit("wall_seconds")->setting, "worker_timeout");
  EXPECT_EQ(FindLimit("memory"), nullptr);
}

TEST(LimitsTest, ARunThatForksHasFewerProcessesUnlessTheyAreSet) {
  Config config;
  config.limit_processes = 256;
  EXPECT_EQ(LimitsOfServer(config, false).limit_processes, config.limit_processes);
  EXPECT_GE(LimitsOfServer(config, true).limit_processes, 64);
  EXPECT_LE(LimitsOfServer(config, true).limit_processes, config.limit_processes);
  config.limit_processes = 32;
  EXPECT_EQ(LimitsOfServer(config, true).limit_processes, 32);
  config.limit_processes = 1000;
  config.limit_processes_is_set = true;
  EXPECT_EQ(LimitsOfServer(config, true), LimitsOfServer(config, false));
}

TEST(LimitsTest, TheLowestOfEachIsInForceAndZeroIsNone) {
  Limits first{.worker_timeout = 5, .limit_cpu_seconds = 0, .limit_memory_mb = 64};
  Limits second{.worker_timeout = 9, .limit_cpu_seconds = 3, .limit_memory_mb = 32};
  for (const Limits& lowest : {Lowest(first, second), Lowest(second, first)}) {
    EXPECT_EQ(lowest.worker_timeout, 5);
    EXPECT_EQ(lowest.limit_cpu_seconds, 3);
    EXPECT_EQ(lowest.limit_memory_mb, 32);
  }
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "api/limits.h"

#include <gmock/gmock.h>

#include "config/options.h"

namespace sandgate::api {
namespace {

using testing::HasSubstr;

ReadLimitsResult Read(std::string_view text) { return ReadLimits(text, DefaultConfig(), Locale::kEnglish); }

TEST(ReadLimitsTest, LowersWhatItNamesAndNothingElse) {
  const ReadLimitsResult read = Read(R"({"memory_mb": 64, "wall_seconds":2, "cpu_seconds": 1})");
  ASSERT_TRUE(read.limits) << read.error;
  EXPECT_EQ(read.limits->limit_memory_mb, 64);
  EXPECT_EQ(read.limits->worker_timeout, 2);
  EXPECT_EQ(read.limits->limit_cpu_seconds, 1);
  EXPECT_EQ(read.limits->limit_processes, DefaultConfig().limit_processes);
}

TEST(ReadLimitsTest, NothingAndNullLowerNothing) {
  for (const char* text : {"", "null", "  "}) {
    EXPECT_FALSE(Read(text).limits);
    EXPECT_EQ(Read(text).error, "");
  }
}

TEST(ReadLimitsTest, ABadValueIsToldWithFieldValueAndBound) {
  for (const char* value : {"1025", "0", "-1", "15", "\"64\"", "1.5", "1e2", "true", "null", "[]", "{}",
                            "99999999999999999999"}) {
    const ReadLimitsResult read = Read(std::string(R"({"memory_mb": )") + value + "}");
    EXPECT_FALSE(read.error.empty()) << value;
    EXPECT_THAT(read.error, HasSubstr("limits.memory_mb: " + std::string(value))) << value;
    EXPECT_THAT(read.error, HasSubstr("from 16 to 1024")) << value;
  }
}

TEST(ReadLimitsTest, AnUnknownLimitIsTold) {
  EXPECT_THAT(Read(R"({"memory": 1})").error, HasSubstr("limits.memory: there is no such limit"));
  EXPECT_THAT(Read(R"({"MEMORY_MB": 64})").error, HasSubstr("no such limit"));
}

TEST(ReadLimitsTest, WhatIsNoObjectIsTold) {
  for (const char* text : {"5", "[]", "\"x\"", "{", "{} {}", "memory_mb"}) {
    EXPECT_THAT(Read(text).error, HasSubstr("is not an object")) << text;
  }
}

}  // namespace
}  // namespace sandgate::api

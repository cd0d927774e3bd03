// SPDX-License-Identifier: Apache-2.0
// Each syntax of values.h: what it takes, what it gives, and what it refuses rather than guess.
#include "config/values.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;

TEST(ParseGoBool, TakesExactlyGosTexts) {
  for (const char* text : {"1", "t", "T", "TRUE", "true", "True"}) EXPECT_EQ(ParseGoBool(text), true) << text;
  for (const char* text : {"0", "f", "F", "FALSE", "false", "False"})
    EXPECT_EQ(ParseGoBool(text), false) << text;
  for (const char* text : {"", "yes", "on", "tRUE", "2", " true"}) EXPECT_EQ(ParseGoBool(text), std::nullopt);
}

TEST(ParseYamlBool, TakesYamlsWordsToo) {
  for (const char* text : {"yes", "On", "Y", "True", "1"}) EXPECT_EQ(ParseYamlBool(text), true) << text;
  for (const char* text : {"no", "Off", "N", "False", "0"}) EXPECT_EQ(ParseYamlBool(text), false) << text;
  EXPECT_EQ(ParseYamlBool("enabled"), std::nullopt);
}

TEST(ParseWhole, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(ParseWhole("0"), 0);
  EXPECT_EQ(ParseWhole("0050"), 50);
  EXPECT_EQ(ParseWhole("-3"), -3);
  for (const char* text : {"", "abc", "5s", "5.0", "+5", "1e3", "0x10", "99999999999999999999"}) {
    EXPECT_EQ(ParseWhole(text), std::nullopt) << text;
  }
}

TEST(ParseSize, TakesUnitsInAnyCase) {
  EXPECT_EQ(ParseSize("1000"), 1000);
  EXPECT_EQ(ParseSize("512k"), 512 * 1024);
  for (const char* text : {"8M", "8m", "8MB", "8mb", "8MiB", "8 MiB", "8388608", "8388608B"}) {
    EXPECT_EQ(ParseSize(text), 8388608) << text;
  }
  EXPECT_EQ(ParseSize("1G"), 1 << 30);
  for (const char* text : {"", "M", "-8M", "8.5M", "8X", "8MiBs", "9999999999999G"}) {
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
  }
}

TEST(SizeText, IsShortAndExact) {
  EXPECT_EQ(SizeText(8388608), "8MiB");
  EXPECT_EQ(SizeText(std::int64_t{1} << 30), "1GiB");
  EXPECT_EQ(SizeText(1536), "1536");
  EXPECT_EQ(SizeText(0), "0");
}

TEST(ParseGoDuration, FollowsGo) {
  EXPECT_EQ(ParseGoDuration("30m"), minutes(30));
  EXPECT_EQ(ParseGoDuration("1h30m"), minutes(90));
  EXPECT_EQ(ParseGoDuration("1.5h"), minutes(90));
  EXPECT_EQ(ParseGoDuration(".5s"), milliseconds(500));
  EXPECT_EQ(ParseGoDuration("300ms"), milliseconds(300));
  EXPECT_EQ(ParseGoDuration("1\u00b5s"), nanoseconds(1000));
  EXPECT_EQ(ParseGoDuration("1\u03bcs2us3ns"), nanoseconds(3003));
  EXPECT_EQ(ParseGoDuration("+24h"), hours(24));
  EXPECT_EQ(ParseGoDuration("0"), nanoseconds(0));
  for (const char* text : {"", "+", "30", "m", "1d", "1h 30m", "-5m", ".", ".s", "1h30", "2562048h"}) {
    EXPECT_EQ(ParseGoDuration(text), std::nullopt) << text;
  }
}

TEST(LooksLikeSyscall, TakesNumbersAndNames) {
  for (const char* text : {"0", "435", "read", "pread64", "_sysctl"})
    EXPECT_TRUE(LooksLikeSyscall(text)) << text;
  for (const char* text : {"", "-1", "1.5", "READ", "a b", "1-5", "read;"}) {
    EXPECT_FALSE(LooksLikeSyscall(text)) << text;
  }
}

TEST(LooksLikeIndex, TakesWhatPipAndNpmTake) {
  for (const char* text : {"http://m", "HTTPS://u:p@m:8080/simple", "file:///srv/index"}) {
    EXPECT_TRUE(LooksLikeIndex(text)) << text;
  }
  for (const char* text : {"", "m/simple", "/srv/index", "http:/m", "https://", "ftp://m", "http://m/a b"}) {
    EXPECT_FALSE(LooksLikeIndex(text)) << text;
  }
}

}  // namespace
}  // namespace sandgate

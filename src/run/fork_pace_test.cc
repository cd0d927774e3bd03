// SPDX-License-Identifier: Apache-2.0
#include "run/fork_pace.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr pid_t kThread = 100;
constexpr pid_t kOther = 101;
const ForkPace::Clock::time_point kStart{std::chrono::hours(1)};

TEST(ForkPace, ASecondsWorthStartsAtOnce) {
  ForkPace pace(4);
  for (int i = 0; i < 4; ++i) EXPECT_LE(pace.Take(kThread, kStart), kStart);
}

TEST(ForkPace, WhatComesTooEarlyStartsInItsTurn) {
  ForkPace pace(4);
  for (int i = 0; i < 4; ++i) pace.Take(kThread, kStart);
  EXPECT_EQ(pace.Take(kThread, kStart), kStart + milliseconds(250));
  EXPECT_EQ(pace.Take(kOther, kStart), kStart + milliseconds(500));
  EXPECT_EQ(pace.Take(kThread, kStart + milliseconds(100)), kStart + milliseconds(750));
}

TEST(ForkPace, ARestEarnsASecondsWorthAndNoMore) {
  ForkPace pace(4);
  for (int i = 0; i < 8; ++i) pace.Take(kThread, kStart);
  const auto later = kStart + seconds(100);
  for (int i = 0; i < 4; ++i) EXPECT_LE(pace.Take(kThread, later), later);
  EXPECT_EQ(pace.Take(kThread, later), later + milliseconds(250));
}

TEST(ForkPace, ACallThatASignalHasBegunAnewHasWaitedAlready) {
  ForkPace pace(4);
  for (int i = 0; i < 4; ++i) pace.Take(kThread, kStart);
  const auto due = pace.Take(kThread, kStart);
  const auto begun_anew = due + milliseconds(1);
  EXPECT_EQ(pace.Take(kThread, begun_anew), begun_anew);
  EXPECT_GT(pace.Take(kThread, begun_anew), begun_anew);
}

TEST(ForkPace, NobodyGainsByThat) {
  ForkPace pace(4);
  ForkPace::Clock::time_point now = kStart;
  for (int i = 0; i < 101; ++i) now = std::max(now, pace.Take(kThread, now));
  EXPECT_GE(now, kStart + milliseconds(96 * 250));
}

TEST(ForkPace, ZeroIsNoLimit) {
  ForkPace pace(0);
  for (int i = 0; i < 100000; ++i) EXPECT_LE(pace.Take(kThread, kStart), kStart);
}

}  // namespace
}  // namespace sandgate

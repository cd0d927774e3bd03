// SPDX-License-Identifier: Apache-2.0
// Which environment a run gets, and when it waits for one.
#include "run/environments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>

#include "run/runner.h"

namespace sandgate {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class EnvironmentsTest : public ::testing::Test {
 protected:
  enum class Answer { kWaits, kGoesOn, kNotReady, kUnknown, kStopping };

  // What a run of `key` does now.
  Answer Ask(const EnvironmentKey& key, bool wait = true) {
    answer_ = Answer::kWaits;
    asio::co_spawn(io_, environments_.Await(key, wait, Locale::kEnglish),
                   [this](const std::exception_ptr& failed) { Keep(failed); });
    Settle();
    return answer_;
  }
  void Settle() {
    io_.restart();
    io_.poll();
  }

  void Keep(const std::exception_ptr& failed) {
    answer_ = Answer::kGoesOn;
    try {
      if (failed) std::rethrow_exception(failed);
    } catch (const NotReady&) {
      answer_ = Answer::kNotReady;
    } catch (const UnknownEnvironment&) {
      answer_ = Answer::kUnknown;
    } catch (const Stopping&) {
      answer_ = Answer::kStopping;
    }
  }

  const EnvironmentKey python_{Language::kPython, ""};
  asio::io_context io_;
  Environments environments_{io_, 60s};
  Answer answer_ = Answer::kWaits;
};

TEST_F(EnvironmentsTest, WhoeverBuildsIsAskedOnceForEach) {
  int asked = 0;
  environments_.OnFirstUse([&asked](const EnvironmentKey&) { ++asked; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(python_), Answer::kGoesOn);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(Ask({Language::kNode, ""}), Answer::kGoesOn);
  EXPECT_EQ(asked, 2);
}

TEST_F(EnvironmentsTest, RunsWaitForTheFirstBuildAndGoOnAtItsEnd) {
  environments_.OnFirstUse([this](const EnvironmentKey& key) { environments_.Begin(key); });
  EXPECT_EQ(Ask(python_, false), Answer::kNotReady);
  EXPECT_EQ(Ask(python_), Answer::kWaits);
  environments_.Use(python_, nullptr);
  Settle();
  EXPECT_EQ(answer_, Answer::kGoesOn);
}

TEST_F(EnvironmentsTest, WhatWasInUseGoesOnWhileTheNextIsBuilt) {
  environments_.Begin(python_);
  environments_.Use(python_, nullptr);
  environments_.Begin(python_);
  EXPECT_EQ(Ask(python_), Answer::kGoesOn);
  environments_.Fail(python_, "no such package");
  EXPECT_TRUE(environments_.Choose(python_).failed);
  EXPECT_EQ(environments_.Status().front().problem, "no such package");
  EXPECT_EQ(Ask(python_), Answer::kGoesOn);
}

TEST_F(EnvironmentsTest, RunsThatWaitAreToldWhenNoBuildEndsAnyMore) {
  environments_.AddName("data");
  environments_.Begin(python_);
  EXPECT_EQ(Ask(python_), Answer::kWaits);
  environments_.Close();
  Settle();
  EXPECT_EQ(answer_, Answer::kStopping);
  EXPECT_EQ(Ask(python_), Answer::kStopping);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ask({Language::kPython, "data"}), Answer::kStopping);
  EXPECT_EQ(Ask({Language::kNode, ""}), Answer::kGoesOn) << "nothing is installed for it";
}

TEST_F(EnvironmentsTest, WhatIsInUseStaysWhenNoBuildEndsAnyMore) {
  environments_.Begin(python_);
  environments_.Use(python_, nullptr);
  environments_.Begin(python_);
  environments_.Close();
  EXPECT_EQ(Ask(python_), Answer::kGoesOn);
}

TEST_F(EnvironmentsTest, ANameThatIsNotConfiguredIsRefused) {
  EXPECT_EQ(Ask({Language::kPython, "data"}), Answer::kUnknown);
  environments_.AddName("data");
  EXPECT_EQ(Ask({Language::kPython, "data"}), Answer::kGoesOn);
}

}  // namespace
}  // namespace sandgate

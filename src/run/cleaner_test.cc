// SPDX-License-Identifier: Apache-2.0
#include "run/cleaner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/fd.h"
#include "base/text.h"

namespace sandgate {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kMany = 6000;  // take longer than a turn of the thread

class CleanerTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(trash_); }
  void TearDown() override { fs::remove_all(base_); }

  CleanerOptions Options(std::size_t backlog) const { return {trash_, backlog, 1ms}; }

  std::string MakeFolder(const std::string& name, int files) {
    const fs::path folder = base_ / name;
    fs::create_directories(folder);
    for (int i = 0; i < files; ++i) std::ofstream(folder / std::to_string(i)) << "";
    return folder;
  }
  std::ptrdiff_t Waiting() const { return std::distance(fs::directory_iterator(trash_), {}); }

  asio::awaitable<void> Until(const std::function<bool()>& holds) {
    asio::steady_timer pause(io_);
    while (!holds()) {
      pause.expires_after(1ms);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }

  // Runs `test`, which must return.
  void Run(asio::awaitable<void> test) {
    bool done = false;
    asio::co_spawn(io_, std::move(test), [&](const std::exception_ptr& error) {
      EXPECT_FALSE(error);
      done = true;
    });
    while (!done) io_.run_one();
  }

  const fs::path base_ = fs::temp_directory_path() / ("sandgate-test-" + RandomHex(6));
  const fs::path trash_ = base_ / "trash";
  asio::io_context io_;
  Logger log_{LogOptions{.path = "", .level = LogLevel::kError}};
};

TEST_F(CleanerTest, ADirectoryIsOutOfReachAtOnceAndRemovedLater) {
  const std::string folder = MakeFolder("large", kMany);
  Cleaner cleaner(io_, Options(1), log_);
  Run([&]() -> asio::awaitable<void> {
    co_await cleaner.Remove(folder);
    EXPECT_FALSE(fs::exists(folder));
    EXPECT_EQ(Waiting(), 1);
    co_await Until([&] { return Waiting() == 0; });
    co_await cleaner.Remove(folder);  // nothing there: nothing happens
    co_await cleaner.Close();
  }());
}

TEST_F(CleanerTest, WhoAddsToAFullBacklogWaitsForRoom) {
  const std::string first = MakeFolder("first", kMany);
  const std::string second = MakeFolder("second", kMany);
  Cleaner cleaner(io_, Options(1), log_);
  Run([&]() -> asio::awaitable<void> {
    co_await cleaner.Remove(first);
    EXPECT_EQ(Waiting(), 1);
    co_await cleaner.Remove(second);
    EXPECT_FALSE(fs::exists(second));
    EXPECT_EQ(Waiting(), 1);
    co_await cleaner.Close();
  }());
}

TEST_F(CleanerTest, ASmallDirectoryDoesNotWaitForLargeOnes) {
  const std::string large = MakeFolder("large", kMany);
  const std::string small = MakeFolder("small", 1);
  Cleaner cleaner(io_, Options(1), log_);
  Run([&]() -> asio::awaitable<void> {
    co_await cleaner.Remove(large);
    const auto aside = fs::directory_iterator(trash_)->path();
    co_await cleaner.Remove(small);
    EXPECT_TRUE(fs::exists(aside));
    co_await cleaner.Close();
  }());
  EXPECT_EQ(Waiting(), 1);  // what was left when it was closed
}

TEST_F(CleanerTest, WhatCannotBeRemovedHoldsNobodyUpAndIsTriedAgain) {
  const std::string folder = MakeFolder("stubborn", 3);
  const Fd kept(::open((folder + "/1").c_str(), O_RDONLY | O_CLOEXEC));
  int flags = FS_IMMUTABLE_FL;
  if (::ioctl(kept.get(), FS_IOC_SETFLAGS, &flags) != 0) GTEST_SKIP() << "no immutable files here";
  Cleaner cleaner(io_, Options(0), log_);
  Run([&]() -> asio::awaitable<void> {
    co_await cleaner.Remove(folder);
    EXPECT_EQ(Waiting(), 1);
    co_await cleaner.Remove(MakeFolder("other", 1));
    EXPECT_EQ(Waiting(), 1);
    flags = 0;
    EXPECT_EQ(::ioctl(kept.get(), FS_IOC_SETFLAGS, &flags), 0);
    co_await Until([&] { return Waiting() == 0; });
    co_await cleaner.Close();
  }());
}

TEST_F(CleanerTest, ADirectoryThatCannotBeMovedIsRemovedBeforeItsRunIsLetGo) {
  const std::string folder = MakeFolder("large", kMany);
  fs::remove(trash_);
  Cleaner cleaner(io_, Options(1), log_);
  Run([&]() -> asio::awaitable<void> {
    co_await cleaner.Remove(folder);
    EXPECT_FALSE(fs::exists(folder));
    co_await cleaner.Close();
  }());
}

TEST_F(CleanerTest, NobodyWaitsForAClosedOne) {
  const std::string first = MakeFolder("first", 3);
  const std::string second = MakeFolder("second", 3);
  Cleaner cleaner(io_, Options(0), log_);
  Run([&]() -> asio::awaitable<void> {
    co_await cleaner.Close();
    co_await cleaner.Remove(first);
    co_await cleaner.Remove(second);
  }());
  EXPECT_EQ(Waiting(), 2);
}

}  // namespace
}  // namespace sandgate

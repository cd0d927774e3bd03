// SPDX-License-Identifier: Apache-2.0
#include "sandbox/removal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/error.h"
#include "base/text.h"

namespace sandgate {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kPlainUser = 54321;

class RemovalTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(base_);
    const bool root = ::geteuid() == 0;
    ASSERT_TRUE(!root || ::chown(base_.c_str(), kPlainUser, kPlainUser) == 0);
  }
  void TearDown() override { fs::remove_all(base_); }
  void Write(const fs::path& path) { std::ofstream(path) << "x"; }

  // Whether `work` returns true in a process that modes of files are in force for.
  bool AsPlainUser(const std::function<bool()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      const bool plain = ::geteuid() != 0 || ::setresuid(kPlainUser, kPlainUser, kPlainUser) == 0;
      try {
        ::_exit(plain && work() ? 0 : 1);
      } catch (...) {
        ::_exit(1);
      }
    }
    int status = 1;
    return ::waitpid(child, &status, 0) == child && status == 0;
  }

  const fs::path base_ = fs::temp_directory_path() / ("sandgate-test-" + RandomHex(6));
};

// False where the file system or the user cannot.
bool SetImmutable(const fs::path& path, bool on) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  int flags = 0;
  if (!fd || ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) return false;
  flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
  return ::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) == 0;
}

TEST_F(RemovalTest, RemovesATreeOfEveryKindOfFile) {
  const fs::path tree = base_ / "tree";
  fs::create_directories(tree / "a" / "b");
  Write(tree / "a" / "file");
  ASSERT_EQ(::mkfifo((tree / "fifo").c_str(), 0600), 0);
  fs::create_symlink("/nonexistent", tree / "dangling");
  RemoveTree(tree);
  EXPECT_FALSE(fs::exists(tree));
  RemoveTree(tree);  // nothing there: nothing happens
}

TEST_F(RemovalTest, NeverFollowsALinkOutOfTheTree) {
  const fs::path outside = base_ / "outside";
  fs::create_directories(outside);
  Write(outside / "precious");
  const fs::path tree = base_ / "tree";
  fs::create_directories(tree);
  fs::create_directory_symlink(outside, tree / "link");
  RemoveTree(tree);
  EXPECT_TRUE(fs::exists(outside / "precious"));
}

TEST_F(RemovalTest, RemovesATreeDeeperThanAPathCanSay) {
  const fs::path tree = base_ / "deep";
  fs::create_directories(tree);
  const fs::path back = fs::current_path();
  fs::current_path(tree);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(::mkdir("directory", 0700), 0);
    ASSERT_EQ(::chdir("directory"), 0);
  }
  fs::current_path(back);
  RemoveTree(tree);
  EXPECT_FALSE(fs::exists(tree));
}

TEST_F(RemovalTest, RemovesDirectoriesThatWereClosedToTheirOwner) {
  const fs::path tree = base_ / "closed";
  EXPECT_TRUE(AsPlainUser([&] {
    fs::create_directories(tree / "inner" / "deeper" / "deepest" / "empty");
    Write(tree / "inner" / "file");
    Write(tree / "inner" / "deeper" / "file");
    for (const fs::path& path :
         {tree / "inner/deeper/deepest", tree / "inner/deeper", tree / "inner", tree}) {
      fs::permissions(path, fs::perms::none);
    }
    RemoveTree(tree);
    return !fs::exists(tree);
  }));
}

TEST_F(RemovalTest, MovesADirectoryThatWasClosedToItsOwner) {
  EXPECT_TRUE(AsPlainUser([&] {
    fs::create_directories(base_ / "from");
    fs::create_directories(base_ / "trash");
    fs::permissions(base_ / "from", fs::perms::none);
    return MoveDirectory(base_ / "from", base_ / "trash/to") && fs::exists(base_ / "trash/to");
  }));
  EXPECT_FALSE(MoveDirectory(base_ / "absent", base_ / "trash/other"));
}

TEST_F(RemovalTest, RemovesNamesOfAnyBytesAndDirectoriesInDirectories) {
  const fs::path tree = base_ / "tree";
  for (int i = 0; i < 300; ++i) {
    const fs::path folder = tree / ("a\n\xff" + std::to_string(i));
    fs::create_directories(folder / "full" / "\x80" / "empty");
    fs::create_directories(folder / "empty");
    Write(folder / "full" / "file\x01");
  }
  RemoveTree(tree);
  EXPECT_FALSE(fs::exists(tree));
}

TEST_F(RemovalTest, GoesOnWhereItStopped) {
  const fs::path tree = base_ / "tree";
  for (int i = 0; i < 20; ++i) fs::create_directories(tree / std::to_string(i) / "a" / "b");
  Removal removal(tree);
  int rounds = 1;
  while (!removal.Go(Removal::Clock::time_point::min())) ++rounds;
  EXPECT_GT(rounds, 20);
  EXPECT_FALSE(fs::exists(tree));
  EXPECT_TRUE(removal.Go(Removal::Clock::time_point::min()));  // nothing there: nothing happens
}

TEST_F(RemovalTest, WhatCannotBeRemovedIsToldWhenAllElseIsGoneAndMayBeTriedAgain) {
  const fs::path tree = base_ / "tree";
  fs::create_directories(tree / "a" / "b");
  Write(tree / "a" / "kept");
  for (int i = 0; i < 50; ++i) Write(tree / ("file" + std::to_string(i)));
  if (!SetImmutable(tree / "a" / "kept", true)) GTEST_SKIP() << "no immutable files here";
  Removal removal(tree);
  const auto go = [&] { return removal.Go(Removal::Clock::time_point::max()); };
  EXPECT_THROW(go(), Error);
  EXPECT_THROW(go(), Error);
  EXPECT_TRUE(fs::exists(tree / "a" / "kept"));
  EXPECT_EQ(std::distance(fs::recursive_directory_iterator(tree), {}), 2);
  SetImmutable(tree / "a" / "kept", false);
  EXPECT_TRUE(go());
  EXPECT_FALSE(fs::exists(tree));
}

}  // namespace
}  // namespace sandgate

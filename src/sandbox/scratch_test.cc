// SPDX-License-Identifier: Apache-2.0
#include "sandbox/scratch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/text.h"

namespace sandgate {
namespace {

namespace fs = std::filesystem;

class Scratch : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(base_); }
  void TearDown() override { fs::remove_all(base_); }
  void Write(const fs::path& path) { std::ofstream(path) << "x"; }

  const fs::path base_ = fs::temp_directory_path() / ("sandgate-test-" + RandomHex(6));
};

TEST_F(Scratch, RemovesATreeOfEveryKindOfFile) {
  const fs::path tree = base_ / "tree";
  fs::create_directories(tree / "a" / "b");
  Write(tree / "a" / "file");
  ASSERT_EQ(::mkfifo((tree / "fifo").c_str(), 0600), 0);
  fs::create_symlink("/nonexistent", tree / "dangling");
  RemoveTree(tree);
  EXPECT_FALSE(fs::exists(tree));
  RemoveTree(tree);  // nothing there: nothing happens
}

TEST_F(Scratch, NeverFollowsALinkOutOfTheTree) {
  const fs::path outside = base_ / "outside";
  fs::create_directories(outside);
  Write(outside / "precious");
  const fs::path tree = base_ / "tree";
  fs::create_directories(tree);
  fs::create_directory_symlink(outside, tree / "link");
  RemoveTree(tree);
  EXPECT_TRUE(fs::exists(outside / "precious"));
}

TEST_F(Scratch, RemovesATreeDeeperThanAPathCanSay) {
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

TEST_F(Scratch, RemovesDirectoriesThatWereClosedToTheirOwner) {
  const fs::path tree = base_ / "closed";
  fs::create_directories(tree / "inner" / "deeper");
  Write(tree / "inner" / "file");
  fs::permissions(tree / "inner", fs::perms::none);
  fs::permissions(tree, fs::perms::none);
  RemoveTree(tree);
  EXPECT_FALSE(fs::exists(tree));
}

TEST_F(Scratch, StateDirIsGoneAfterwardsAndDeadOnesAreCleared) {
  const fs::path dead = base_ / "instance-dead";
  fs::create_directories(dead / "scratch");
  Write(dead / "scratch" / "left");
  fs::permissions(base_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  std::string path;
  {
    const StateDir state(base_);
    path = state.path();
    EXPECT_TRUE(fs::is_directory(path));
    EXPECT_FALSE(fs::exists(dead));
    const StateDir second(base_);  // a living instance is left alone
    EXPECT_TRUE(fs::is_directory(path));
    EXPECT_NE(second.path(), path);
    EXPECT_TRUE(fs::exists(state.AddFile("file", "text")));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Scratch, ADirectoryThatOthersCanWriteIsRefused) {
  fs::permissions(base_, fs::perms::all);
  EXPECT_THROW(StateDir{base_.string()}, Error);
}

}  // namespace
}  // namespace sandgate

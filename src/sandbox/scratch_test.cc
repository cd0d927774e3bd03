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
    const std::string trash = state.AddTrash();
    EXPECT_EQ(fs::status(trash).permissions(), fs::perms::owner_all);
    Write(fs::path(trash) / "left");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Scratch, AFolderThatRunsCannotEnterIsNamed) {
  const fs::path closed = base_ / "closed";
  fs::create_directories(closed / "state");
  EXPECT_NO_THROW(RequireThatRunsEnter(closed / "state"));
  fs::permissions(closed, fs::perms::owner_all);
  try {
    RequireThatRunsEnter(closed / "state");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("chmod o+x " + fs::canonical(closed).string()),
              std::string::npos)
        << error.what();
  }
}

// It is told to who asked for the run.
TEST_F(Scratch, WhatKeepsARunFromItsDirectoryDoesNotTellWhereThatIs) {
  const std::string path = base_ / "none" / "run";
  try {
    MakeScratch(path);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(),
              std::string("make the directory of a run in state_dir: No such file or directory (ENOENT)"));
  }
}

TEST_F(Scratch, ADirectoryThatOthersCanWriteIsRefused) {
  fs::permissions(base_, fs::perms::all);
  EXPECT_THROW(StateDir{base_.string()}, Error);
}

}  // namespace
}  // namespace sandgate

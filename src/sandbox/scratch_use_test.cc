// SPDX-License-Identifier: Apache-2.0
#include "sandbox/scratch_use.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace sandgate {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr ScratchUse kMuch{1 << 30, 1 << 20};

class ScratchUseTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(base_); }
  void TearDown() override { fs::remove_all(base_); }
  void Write(const fs::path& path, std::size_t size) { std::ofstream(path) << std::string(size, 'x'); }

  const fs::path base_ = fs::temp_directory_path() / ("sandgate-test-" + RandomHex(6));
};

TEST_F(ScratchUseTest, NothingIsNothingAndSoIsWhatIsGone) {
  EXPECT_EQ(MeasureScratch(base_, kMuch).files, 0u);
  EXPECT_EQ(MeasureScratch(base_ / "gone", kMuch).files, 0u);
}

TEST_F(ScratchUseTest, FilesFoldersAndBytesAreCounted) {
  Write(base_ / "a", 3 * kMiB);
  fs::create_directories(base_ / "d/e");
  Write(base_ / "d/e/b", 2 * kMiB);
  fs::create_hard_link(base_ / "a", base_ / "d/second name");
  const ScratchUse use = MeasureScratch(base_, kMuch);
  EXPECT_EQ(use.files, 5u);
  EXPECT_GE(use.bytes, 5 * kMiB);
  EXPECT_LT(use.bytes, 6 * kMiB) << "a file with two names is one";
}

TEST_F(ScratchUseTest, WhatTakesNoDiskIsNone) {
  Write(base_ / "sparse", 1);
  fs::resize_file(base_ / "sparse", std::uintmax_t{1} << 36);
  EXPECT_LT(MeasureScratch(base_, kMuch).bytes, kMiB);
}

TEST_F(ScratchUseTest, LinksAreNotFollowed) {
  fs::create_symlink("/", base_ / "root");
  fs::create_symlink("/usr", base_ / "folder");
  fs::create_symlink(".", base_ / "itself");
  EXPECT_EQ(MeasureScratch(base_, kMuch).files, 3u);
  const fs::path link = base_.string() + "-link";
  fs::create_symlink("/usr", link);
  EXPECT_EQ(MeasureScratch(link, kMuch).files, 0u) << "nor is the directory itself one";
  fs::remove(link);
}

TEST_F(ScratchUseTest, TheWorkEndsAboveTheLimit) {
  for (int i = 0; i < 200; ++i) Write(base_ / std::to_string(i), 1);
  EXPECT_EQ(MeasureScratch(base_, {1 << 30, 50}).files, 51u);
  fs::create_directory(base_ / "d");
  Write(base_ / "d/x", kMiB);
  EXPECT_GT(MeasureScratch(base_, {kMiB / 2, 1 << 20}).bytes, kMiB / 2);
}

// More folders than descriptors may be open, each with a second one to come back to.
TEST_F(ScratchUseTest, DeepTreesAreMeasuredToTheEnd) {
  constexpr int kDepth = 300;
  int at = ::open(base_.c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < kDepth; ++i) {
    ASSERT_EQ(::mkdirat(at, "a", 0700), 0);
    ASSERT_EQ(::mkdirat(at, "b", 0700), 0);
    ASSERT_EQ(::mkdirat(at, "b/c", 0700), 0);
    const int next = ::openat(at, "a", O_RDONLY | O_DIRECTORY);
    ::close(at);
    at = next;
  }
  ::close(at);
  const ScratchUse use = MeasureScratch(base_, kMuch);
  EXPECT_EQ(use.files, 3u * kDepth);
  EXPECT_FALSE(use.too_deep);
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "deps/folders.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/sys.h"

namespace sandgate {
namespace {

namespace fs = std::filesystem;

class FoldersTest : public ::testing::Test {
 protected:
  FoldersTest() {
    char name[] = "/tmp/sandgate-folders-XXXXXX";
    base_ = ::mkdtemp(name);
    folder_ = MakeEnvironmentsFolder(base_);
  }
  ~FoldersTest() override { fs::remove_all(base_); }

  Manifest Made(const std::string& built_at) {
    auto [id, lock] = set().New(Language::kPython, "0123456789abcdef");
    Manifest manifest{id,       {Language::kPython, "data"}, "0123456789abcdef", "/usr/bin/python3", "3.11.2",
                      built_at, {{"six", "1.16.0"}}};
    set().Finish(manifest);
    return manifest;
  }
  EnvironmentFolderSet set() const { return EnvironmentFolderSet(folder_); }

  std::string base_;
  std::string folder_;
};

TEST_F(FoldersTest, AreWholeWithAManifest) {
  const Manifest first = Made("2026-01-01T00:00:00Z");
  const Manifest second = Made("2026-01-02T00:00:00Z");
  const std::vector<Manifest> whole = set().Whole();
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(whole[0].id, second.id);
  EXPECT_EQ(whole[1].id, first.id);
  EXPECT_EQ(whole[0].key, second.key);
  EXPECT_EQ(whole[0].packages, second.packages);
}

TEST_F(FoldersTest, ThatAreNotWholeGoUnlessSomebodyBuildsThem) {
  const Manifest whole = Made("2026-01-01T00:00:00Z");
  const auto building = set().New(Language::kPython, "ffff");
  { const auto left = set().New(Language::kPython, "eeee"); }
  sys::WriteFile(folder_ + "/gone.json", ManifestText(whole));
  set().RemoveBroken();
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) names.insert(entry.path().filename());
  EXPECT_EQ(names, (std::set<std::string>{whole.id, whole.id + ".json", building.first}));
}

TEST_F(FoldersTest, AreNotRemovedWhileInUse) {
  const Manifest made = Made("2026-01-01T00:00:00Z");
  Fd lock = set().Use(made.id);
  EXPECT_FALSE(set().Remove(made.id));
  lock.reset();
  EXPECT_TRUE(set().Remove(made.id));
  EXPECT_TRUE(set().Whole().empty());
  EXPECT_FALSE(set().Use(made.id));
}

TEST_F(FoldersTest, AreRemovedThoughAReaderLocksThem) {
  const Manifest made = Made("2026-01-01T00:00:00Z");
  const Fd reader(::open(set().PathOf(made.id).c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(reader.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_TRUE(set().Use(made.id));
  EXPECT_TRUE(set().Remove(made.id));
}

TEST_F(FoldersTest, AreBrokenWhereTheirRemovalHasNoTime) {
  const Manifest made = Made("2026-01-01T00:00:00Z");
  for (int i = 0; i < 10; ++i) fs::create_directories(set().PathOf(made.id) + "/" + std::to_string(i) + "/a");
  const EnvironmentFolderSet hurried = set();
  const std::vector<EnvironmentFolderSet> copies{hurried};  // they have the end in common
  copies.front().EndRemovals(std::chrono::steady_clock::now());
  EXPECT_FALSE(hurried.Remove(made.id));
  EXPECT_TRUE(fs::exists(set().PathOf(made.id)));
  EXPECT_TRUE(set().Whole().empty());
  set().RemoveBroken();
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FoldersTest, LeaveNoLockBehind) {
  const Manifest made = Made("2026-01-01T00:00:00Z");
  EXPECT_FALSE(set().Use("gone"));
  EXPECT_TRUE(set().Remove(made.id));
  set().RemoveBroken();
  EXPECT_TRUE(fs::is_empty(folder_ + "-locks"));
}

TEST(ParseManifest, RefusesWhatIsNone) {
  EXPECT_FALSE(ParseManifest(""));
  EXPECT_FALSE(ParseManifest("{}"));
  EXPECT_FALSE(ParseManifest(R"({"language": 1})"));
}

class SealTest : public FoldersTest {
 protected:
  void SealIt() { Seal(folder_, "/environments/x", ::geteuid(), "/usr/bin/true"); }
};

TEST_F(SealTest, TakesRightsAway) {
  sys::WriteFile(folder_ + "/program", "");
  ::chmod((folder_ + "/program").c_str(), 06777);
  fs::create_directory(folder_ + "/open");
  ::chmod((folder_ + "/open").c_str(), 0777);
  fs::create_symlink("../program", folder_ + "/open/link");
  fs::create_symlink("/environments/x/program", folder_ + "/absolute");
  fs::create_symlink("/usr/bin/true", folder_ + "/interpreter");
  SealIt();
  struct stat status {};
  ::stat((folder_ + "/program").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
  ::stat((folder_ + "/open").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
}

TEST_F(SealTest, RefusesLinksThatLeadOut) {
  fs::create_symlink("../../etc/passwd", folder_ + "/link");
  EXPECT_THROW(SealIt(), Error);
}

TEST_F(SealTest, RefusesAbsoluteLinksThatLeadOut) {
  fs::create_symlink("/environments/x/../y", folder_ + "/link");
  EXPECT_THROW(SealIt(), Error);
}

TEST_F(SealTest, RefusesLinksThatLeadOutByWayOfAnother) {
  fs::create_directories(folder_ + "/d/e");
  fs::create_symlink("../..", folder_ + "/d/e/top");
  EXPECT_NO_THROW(SealIt());
  fs::create_symlink("d/e/top/../../etc/passwd", folder_ + "/link");
  EXPECT_THROW(SealIt(), Error);
}

TEST_F(SealTest, RefusesWhatIsTooDeep) {
  std::string deep = folder_;
  for (int i = 0; i < 90; ++i) deep += "/a";
  fs::create_directories(deep);
  EXPECT_NO_THROW(SealIt());
  for (int i = 0; i < 20; ++i) deep += "/a";
  fs::create_directories(deep);
  EXPECT_THROW(SealIt(), Error);
}

TEST_F(SealTest, RefusesAFileWithANameOutside) {
  const std::string outside = folder_ + "-outside";
  sys::WriteFile(outside, "");
  ::chmod(outside.c_str(), 0600);
  fs::create_hard_link(outside, folder_ + "/stolen");
  EXPECT_THROW(SealIt(), Error);
  struct stat status {};
  ::stat(outside.c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(SealTest, TakesAFileWithTwoNames) {
  sys::WriteFile(folder_ + "/one", "");
  ::chmod((folder_ + "/one").c_str(), 0600);
  fs::create_hard_link(folder_ + "/one", folder_ + "/another");
  SealIt();
  struct stat status {};
  ::stat((folder_ + "/another").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0644u);
}

TEST_F(SealTest, RefusesWhatIsNoFile) {
  ::mkfifo((folder_ + "/fifo").c_str(), 0600);
  EXPECT_THROW(SealIt(), Error);
}

}  // namespace
}  // namespace sandgate

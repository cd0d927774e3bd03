// SPDX-License-Identifier: Apache-2.0
#include "sandbox/slots.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/text.h"

namespace sandgate {
namespace {

namespace fs = std::filesystem;

class Slots : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_); }
  void TearDown() override { fs::remove_all(root_); }

  SlotPool OnDisk() const {
    SlotOptions options;
    options.count = 3;
    options.host_scratch_root = root_;
    options.scratch_root = "/scratch";
    return SlotPool(options);
  }

  const fs::path root_ = fs::temp_directory_path() / ("sandgate-test-" + RandomHex(6));
};

// The folder node_modules that is nearest above the directory, as the loader of node looks for it.
fs::path NodeModulesAbove(const fs::path& scratch) {
  for (fs::path folder = scratch; folder != folder.root_path(); folder = folder.parent_path()) {
    if (fs::is_symlink(folder / "node_modules")) return fs::read_symlink(folder / "node_modules");
  }
  return {};
}

TEST_F(Slots, PackagesLieAboveTheDirectoriesOfRunsThatHaveThem) {
  SlotPool slots = OnDisk();
  const auto without = slots.Take();
  const auto first = slots.Take("/a");
  const auto second = slots.Take("/b");
  ASSERT_TRUE(without && first && second);
  EXPECT_EQ(NodeModulesAbove(without->host_scratch), "");
  EXPECT_EQ(NodeModulesAbove(first->host_scratch), "/a/node_modules");
  EXPECT_EQ(NodeModulesAbove(second->host_scratch), "/b/node_modules");
  for (const Slot& slot : {*without, *first, *second}) {
    EXPECT_TRUE(fs::is_empty(slot.host_scratch));  // the run sees nothing of it in its own directory
    EXPECT_EQ(fs::relative(slot.host_scratch, root_), fs::path(slot.scratch).lexically_relative("/scratch"));
  }
  slots.Give(*first);
  EXPECT_EQ(NodeModulesAbove(slots.Take("/a")->host_scratch), "/a/node_modules");  // made once
}

TEST_F(Slots, WithoutDirectoriesPackagesAreMounted) {
  SlotPool slots(SlotOptions{.count = 1});
  EXPECT_EQ(slots.Take("/a")->scratch, "/tmp");
}

}  // namespace
}  // namespace sandgate

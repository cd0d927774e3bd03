// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cgroup_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/cgroup_test_support.h"

namespace sandgate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// A machine: what /proc/self tells and what the hierarchies hold.
class Machine : public testing::Test {
 protected:
  Machine() {
    source_.proc = tree_.root() + "/proc";
    source_.systemd = tree_.root() + "/no-systemd";
    source_.attempt = [this](const std::string& folder, int version) {
      tried_ += std::to_string(version) + " " + folder + "\n";
      return error_;
    };
    std::filesystem::create_directories(source_.proc);
  }

  std::string MakeFolder(const std::string& name) const {
    std::filesystem::create_directories(tree_.root() + "/" + name);
    return tree_.root() + "/" + name;
  }

  void AddVersion1(const std::string& controller, const std::string& root = "/") {
    mounts_ += "40 30 0:30 " + root + " " + tree_.root() + "/" + controller +
               " rw,relatime shared:9 - cgroup cgroup rw," + controller + "\n";
    cgroup_ += "7:" + controller + ":/service\n";
    const std::string folder = MakeFolder(controller + (root == "/" ? "/service" : ""));
    if (controller == "memory") FakeCgroups::Put(folder, "memory.use_hierarchy", "1\n");
    Write();
  }

  // The folder of our own cgroup, which holds this process.
  std::string AddVersion2(const std::string& path) {
    mounts_ += "41 30 0:31 / " + tree_.root() + "/v2 rw - cgroup2 cgroup2 rw,nsdelegate\n";
    cgroup_ += "0::" + path + "\n";
    std::string folder = MakeFolder(path == "/" ? "v2" : "v2" + path);
    FakeCgroups::Put(folder, "cgroup.type", "domain\n");
    FakeCgroups::Put(folder, "cgroup.controllers", "cpu memory pids\n");
    FakeCgroups::Put(folder, "cgroup.subtree_control", "");
    FakeCgroups::Put(folder, "cgroup.procs", std::to_string(::getpid()) + "\n");
    Write();
    return folder;
  }

  CgroupPlace Find() const { return FindCgroups(source_); }

  FakeCgroups tree_{2};
  CgroupSource source_;
  std::string mounts_ = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n";
  std::string cgroup_ = "9:name=systemd:/service\n";
  std::string tried_;
  int error_ = 0;

 private:
  void Write() const {
    FakeCgroups::Put(source_.proc, "mountinfo", mounts_);
    FakeCgroups::Put(source_.proc, "cgroup", cgroup_);
  }
};

TEST_F(Machine, WithoutCgroupsHasNone) {
  const CgroupPlace place = Find();
  EXPECT_EQ(place.version, 0);
  EXPECT_THAT(place.reason, HasSubstr("not mounted"));
  EXPECT_THAT(tried_, IsEmpty());
}

TEST_F(Machine, WithVersion1IsUsedBelowTheOwnCgroup) {
  AddVersion1("memory");
  AddVersion1("pids");
  AddVersion1("cpu");
  const CgroupPlace place = Find();
  EXPECT_EQ(place.version, 1);
  EXPECT_EQ(place.cpu, tree_.root() + "/cpu/service");
  EXPECT_EQ(place.memory, tree_.root() + "/memory/service");
  EXPECT_EQ(place.pids, tree_.root() + "/pids/service");
  EXPECT_THAT(place.reason, IsEmpty());
}

TEST_F(Machine, WithVersion1MayShowAPartOfTheTree) {
  AddVersion1("memory", "/service");
  EXPECT_EQ(Find().memory, tree_.root() + "/memory");
}

TEST_F(Machine, WithVersion1OfAnotherPartOfTheTreeHasNone) {
  AddVersion1("memory", "/other");
  EXPECT_EQ(Find().version, 0);
}

TEST_F(Machine, WhoseVersion1LimitWouldNotHoldForChildrenHasNoMemoryLimit) {
  AddVersion1("memory");
  AddVersion1("pids");
  FakeCgroups::Put(tree_.root() + "/memory/service", "memory.use_hierarchy", "0\n");
  const CgroupPlace place = Find();
  EXPECT_EQ(place.memory, "");
  EXPECT_EQ(place.pids, tree_.root() + "/pids/service");
  EXPECT_THAT(place.reason, HasSubstr("memory.use_hierarchy is not 1"));
}

TEST_F(Machine, ThatIsReadOnlySaysSo) {
  AddVersion1("memory");
  AddVersion2("/");
  error_ = EROFS;
  const CgroupPlace place = Find();
  EXPECT_EQ(place.version, 0);
  EXPECT_THAT(place.reason, HasSubstr("cgroup v2: " + tree_.root() + "/v2: Read-only file system"));
  EXPECT_THAT(place.reason,
              HasSubstr("cgroup v1: " + tree_.root() + "/memory/service: Read-only file system"));
}

TEST_F(Machine, WithAContainersOwnVersion2MovesTheServer) {
  const std::string folder = AddVersion2("/");
  FakeCgroups::Put(tree_.root(), "systemd", "");
  source_.systemd = tree_.root() + "/systemd";
  const CgroupPlace place = Find();
  EXPECT_EQ(place.version, 2);
  EXPECT_EQ(place.memory, folder);
  EXPECT_EQ(place.pids, folder);
  EXPECT_TRUE(place.moves);
}

TEST_F(Machine, WithVersion2ThatGivesControllersMovesNothing) {
  const std::string folder = AddVersion2("/service");
  FakeCgroups::Put(folder, "cgroup.subtree_control", "cpu memory pids\n");
  EXPECT_EQ(Find().version, 2);
  EXPECT_FALSE(Find().moves);
}

TEST_F(Machine, WhereSystemdHasNotDelegatedLeavesItsCgroupAlone) {
  AddVersion2("/service");
  FakeCgroups::Put(tree_.root(), "systemd", "");
  source_.systemd = tree_.root() + "/systemd";
  EXPECT_EQ(Find().version, 0);
  EXPECT_THAT(Find().reason, HasSubstr("is not delegated to the server"));
  EXPECT_THAT(tried_, IsEmpty());
}

TEST_F(Machine, WhereOthersLiveInTheCgroupLeavesItAlone) {
  const std::string folder = AddVersion2("/");
  FakeCgroups::Put(folder, "cgroup.procs", "1\n" + std::to_string(::getpid()) + "\n");
  EXPECT_THAT(Find().reason, HasSubstr("other processes live in " + folder));
  EXPECT_THAT(tried_, IsEmpty());
}

TEST_F(Machine, WhoseRootIsTheMachinesLeavesItAlone) {
  const std::string folder = AddVersion2("/");
  std::filesystem::remove(folder + "/cgroup.type");
  EXPECT_THAT(Find().reason, HasSubstr("is the machine's"));
}

TEST_F(Machine, WithBothVersionsTakesTheOneThatHasTheMemoryController) {
  const std::string folder = AddVersion2("/");
  FakeCgroups::Put(folder, "cgroup.controllers", "hugetlb\n");
  AddVersion1("memory");
  AddVersion1("pids");
  EXPECT_EQ(Find().version, 1);
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "spawner/clone.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/sys.h"
#include "base/text.h"
#include "sandbox/cgroup_files.h"
#include "sandbox/cgroup_place.h"
#include "sandbox/probe.h"

namespace sandgate {
namespace {

// A cgroup of version 2, with or without controllers.
class Version2 : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* root : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
      if (!std::filesystem::exists(std::string(root) + "/cgroup.controllers")) continue;
      if (TryCgroup(root, 2) != 0) continue;
      folder_ = std::string(root) + "/sandgate-test-" + RandomHex(8);
      std::filesystem::create_directory(folder_);
      fd_ = Fd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      return;
    }
    GTEST_SKIP() << "no writable cgroup v2";
  }
  void TearDown() override {
    if (!folder_.empty()) RemoveCgroupTree(folder_);
  }

  std::string folder_;
  Fd fd_;
};

TEST_F(Version2, AChildIsBornInItsCgroup) {
  const Cloned child = Clone({.cgroup = fd_.get()});
  if (child.pid == 0) ::_exit(::pause());
  ASSERT_GT(child.pid, 0);
  EXPECT_EQ(ProcessesIn(folder_), std::vector<int>{child.pid});
  sys::SendSignal(child.pidfd.get(), SIGKILL);
  sys::WaitForEnd(child.pidfd.get());
}

TEST_F(Version2, OneThatIsGoneMeansNoChildAndNotOneOutsideIt) {
  ASSERT_EQ(RemoveCgroup(folder_), 0);
  const Cloned child = Clone({.cgroup = fd_.get()});
  if (child.pid == 0) ::_exit(0);
  EXPECT_EQ(child.pid, -1);
}

}  // namespace
}  // namespace sandgate

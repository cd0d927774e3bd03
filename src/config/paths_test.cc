// SPDX-License-Identifier: Apache-2.0
#include "config/paths.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace sandgate {
namespace {

TEST(Paths, AreWithinFoldersAndNotWithinNamesThatBeginAlike) {
  EXPECT_TRUE(IsWithin("/a/b", "/a"));
  EXPECT_TRUE(IsWithin("/a", "/a"));
  EXPECT_TRUE(IsWithin("/a/", "/a"));
  EXPECT_TRUE(IsWithin("/a", "/"));
  EXPECT_FALSE(IsWithin("/ab", "/a"));
  EXPECT_FALSE(IsWithin("/", "/a"));
}

TEST(Paths, OfTheMachineAreThoseOfItsOwnFileSystems) {
  for (const char* path : {"/dev", "/proc/1/root", "/run/docker.sock", "/var/run"})
    EXPECT_TRUE(IsOfTheMachine(path));
  for (const char* path : {"/devices", "/var", "/srv/dev", "/"}) EXPECT_FALSE(IsOfTheMachine(path));
}

TEST(Paths, LeadToTheMachineByLinksToo) {
  EXPECT_TRUE(LeadsToTheMachine("/srv/..//dev/"));
  EXPECT_TRUE(LeadsToTheMachine("/proc/self/root/dev"));
  const std::string link = testing::TempDir() + "/sandgate-link";
  std::filesystem::remove(link);
  std::filesystem::create_symlink("/proc", link);
  EXPECT_TRUE(LeadsToTheMachine(link));
  std::filesystem::remove(link);
  EXPECT_FALSE(LeadsToTheMachine(link));
}

}  // namespace
}  // namespace sandgate

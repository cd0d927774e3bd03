// SPDX-License-Identifier: Apache-2.0
#include "config/paths.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace sandgate

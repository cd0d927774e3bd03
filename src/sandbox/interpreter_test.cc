// SPDX-License-Identifier: Apache-2.0
#include "sandbox/interpreter.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace sandgate {
namespace {

TEST(Packages, AreAFolderThatHoldsNodeModules) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / RandomHex(6);
  std::filesystem::create_directories(folder);
  EXPECT_THROW(FindPackages(folder), Error);
  std::filesystem::create_directories(folder / "node_modules");
  EXPECT_EQ(FindPackages(folder / "x" / ".." / ""), folder);
  EXPECT_EQ(FindPackages(folder), folder);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "spawner/code_mappings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

namespace sandgate {
namespace {

// How each loaded library is mapped: "r--pr-xpr--pr--prw-p" as a loader leaves it.
std::map<std::string, std::string> LibraryMappings() {
  std::map<std::string, std::string> accesses;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t name = line.find('/');
    if (name == std::string::npos || line.find(".so", name) == std::string::npos) continue;
    accesses[line.substr(name)] += line.substr(line.find(' ') + 1, 4);
  }
  return accesses;
}

TEST(CodeMappings, EachLibraryHasOneToExecuteAndOneToWriteTo) {
  JoinMappings();
  const auto libraries = LibraryMappings();
  EXPECT_FALSE(libraries.empty());
  for (const auto& [library, accesses] : libraries) EXPECT_EQ(accesses, "r-xprw-p") << library;
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Linked with a fuzzer in the ordinary build: its seeds once each, so that it is compiled, and what it found
// before is tried, with the unit tests.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

TEST(Seeds, HoldWhatTheFuzzerClaims) {
  std::size_t seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SANDGATE_SEEDS)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
    ++seeds;
  }
  EXPECT_GT(seeds, 0u);
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// When policies are compiled, and which are refused.
#include "run/policies.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace sandgate {
namespace {

constexpr const char* kSetuid = "rules:\n- allow: [setuid]\n  why: w\n";
constexpr const char* kFork = "rules:\n- allow: [fork]\n  why: w\n";

class PolicyStoreTest : public ::testing::Test {
 protected:
  PolicyStoreTest() { std::filesystem::create_directory(folder_); }
  ~PolicyStoreTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const char* text) const {
    std::ofstream(folder_ + "/" + name + ".yaml") << text;
  }
  PolicyStoreOptions Options() const { return {.base = {}, .folder = folder_, .profile = ""}; }

  const std::string folder_ = std::filesystem::temp_directory_path() / ("sandgate-policies-" + RandomHex(8));
  Logger log_{LogOptions{.path = "", .level = LogLevel::kError}};
};

TEST_F(PolicyStoreTest, APolicyIsCompiledOnceUntilItsFileChanges) {
  Write("p", kSetuid);
  PolicyStore store(Options(), log_);
  EXPECT_EQ(store.Get({true, ""}), store.Get({true, ""}));
  EXPECT_NE(store.Get({true, ""}), store.Get({false, ""}));
  const auto first = store.Get({false, "p"});
  EXPECT_EQ(store.Get({false, "p"}), first);
  std::filesystem::remove(folder_ + "/p.yaml");
  EXPECT_THROW(store.Get({false, "p"}), UnknownProfile);
  Write("p", kFork);
  EXPECT_FALSE(first->allows_processes);
  EXPECT_TRUE(store.Get({false, "p"})->allows_processes);
}

TEST_F(PolicyStoreTest, MoreProfilesThanAreKeptAreCompiledAgain) {
  for (int i = 0; i < 40; ++i) Write(fmt::format("p{}", i), kSetuid);
  PolicyStore store(Options(), log_);
  for (int i = 0; i < 40; ++i) EXPECT_NE(store.Get({false, fmt::format("p{}", i)}), nullptr);
  EXPECT_NE(store.Get({false, "p0"}), nullptr);
}

TEST_F(PolicyStoreTest, WithoutAWayToEndThemProcessesAreRefusedWhoeverAsks) {
  Write("p", kFork);
  PolicyStoreOptions options = Options();
  options.processes_can_be_ended = false;
  PolicyStore store(options, log_);
  EXPECT_THROW(store.Get({false, "p"}), Error);
  options.profile = "p";
  EXPECT_THROW(PolicyStore(options, log_), Error);
}

TEST_F(PolicyStoreTest, NamesLeadNowhereElse) {
  PolicyStore store(Options(), log_);
  for (const char* name : {"../p", "/etc/passwd", ".", "P"}) {
    EXPECT_THROW(store.Get({false, name}), UnknownProfile) << name;
  }
  EXPECT_NE(store.Get({false, "default"}), nullptr);
}

}  // namespace
}  // namespace sandgate

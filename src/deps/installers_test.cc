// SPDX-License-Identifier: Apache-2.0
#include "deps/installers.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

std::string Why(const std::string& output, Outcome outcome = Outcome::kFailed) {
  Recipe recipe;
  recipe.requirements.lines = {{"/d/a.txt", 1, "six==1.16.0 --hash=sha256:00"},
                               {"/d/a.txt", 4, "Good.Name>=2"},
                               {"/d/a.txt", 7, "not a requirement"}};
  Config config;
  config.install_timeout = 600;
  RunResult result;
  result.outcome = outcome;
  return WhyInstallerFailed(config, recipe, result, output);
}

TEST(WhyInstallerFailed, NamesTheLine) {
  EXPECT_EQ(Why("ERROR: No matching distribution found for good-name>=2\n"),
            "the installer failed (/d/a.txt, line 4: Good.Name>=2):\n"
            "ERROR: No matching distribution found for good-name>=2");
  EXPECT_TRUE(Why("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM x.\n    six==1.16.0 from y\n")
                  .starts_with("the installer failed (/d/a.txt, line 1: six==1.16.0 --hash=sha256:00):"));
  EXPECT_TRUE(Why("ERROR: Invalid requirement: 'not a requirement' (from line 7 of /d/a.txt)\n")
                  .starts_with("the installer failed (/d/a.txt, line 7: not a requirement):"));
}

TEST(WhyInstallerFailed, NamesWhatItWasAtWhenItWasEnded) {
  EXPECT_EQ(
      Why("Collecting six==1.16.0\nProcessing /d/wheels/good_name-2.0.tar.gz\n  Preparing\n",
          Outcome::kTimeout),
      "installing took longer than dependencies.install_timeout (600 s) (/d/a.txt, line 4: Good.Name>=2):\n"
      "Collecting six==1.16.0\nProcessing /d/wheels/good_name-2.0.tar.gz\n  Preparing");
}

TEST(WhyInstallerFailed, HasTheLastWordsOnly) {
  std::string output;
  for (int i = 0; i < 100; ++i) output += "line " + std::to_string(i) + "\n";
  const std::string why = Why(output);
  EXPECT_EQ(why.find("line 74\n"), std::string::npos);
  EXPECT_NE(why.find("line 75\n"), std::string::npos);
  EXPECT_TRUE(why.ends_with("line 99"));
}

TEST(WhyInstallerFailed, ReadsWhatHasNoEnd) {
  constexpr std::size_t kMany = std::size_t{8} << 20;
  const std::string name = "Failed building wheel for good-name\n";
  for (const char byte : {'a', ' ', '\n', '(', '\x1b'}) {
    const std::string why = Why(name + std::string(kMany, byte) + "\n");
    EXPECT_TRUE(why.starts_with("the installer failed (/d/a.txt, line 4: Good.Name>=2):")) << byte;
    EXPECT_LT(why.size(), std::size_t{5000});
  }
}

}  // namespace
}  // namespace sandgate

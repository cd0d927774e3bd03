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

TEST(PlaceOf, HasNoPassword) {
  const RequirementLine line{"/d/package.json", 0, "\"a\": \"https://user:pass@host/a.tgz\""};
  EXPECT_EQ(PlaceOf(&line), " (/d/package.json: \"a\": \"https://***@host/a.tgz\")");
}

TEST(WithoutPasswords, ReadsWhatHasNoEnd) {
  constexpr std::size_t kMany = std::size_t{8} << 20;
  for (const std::string& one : {std::string("a"), std::string("http://"), std::string("@"),
                                 std::string("http://a:b/"), std::string(" http://a:b/")}) {
    std::string text = "http://";
    while (text.size() < kMany) text += one;
    EXPECT_FALSE(WithoutPasswords(text).empty());
  }
}

TEST(WithoutPasswords, HidesOneWithASlash) {
  EXPECT_EQ(WithoutPasswords("--index-url https://user:pa/ss@host/simple, x@y"),
            "--index-url https://***@host/simple, x@y");
  EXPECT_EQ(
      WithoutPasswords("https://[::1]:8/a@b http://host:/a@b https://host:80/@scope/c git+https://host/a@v1"),
      "https://[::1]:8/a@b http://host:/a@b https://host:80/@scope/c git+https://host/a@v1");
}

TEST(WithoutPasswords, LeavesTheRest) {
  EXPECT_EQ(WithoutPasswords(""), "");
  EXPECT_EQ(WithoutPasswords("git+ssh://u:p@ss@host://x y@z"), "git+ssh://***@host://x y@z");
  EXPECT_EQ(WithoutPasswords("at https://user:pass@host/simple and http://token@host:8/ or http://host/a@b"),
            "at https://***@host/simple and http://***@host:8/ or http://host/a@b");
}

}  // namespace
}  // namespace sandgate

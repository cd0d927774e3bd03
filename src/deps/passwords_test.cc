// SPDX-License-Identifier: Apache-2.0
#include "deps/passwords.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

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
  EXPECT_EQ(WithoutPasswords("https://user:/pass@host/"), "https://***@host/");
  EXPECT_EQ(WithoutPasswords("https://user:p]a/ss@host/"), "https://***@host/");
  EXPECT_EQ(WithoutPasswords("https://[::1]:8/a@b https://host:80/@scope/c git+https://host/a@v1"),
            "https://[::1]:8/a@b https://host:80/@scope/c git+https://host/a@v1");
}

TEST(WithoutPasswords, LeavesTheRest) {
  EXPECT_EQ(WithoutPasswords(""), "");
  EXPECT_EQ(WithoutPasswords("git+ssh://u:p@ss@host://x y@z"), "git+ssh://***@host://x y@z");
  EXPECT_EQ(WithoutPasswords("at https://user:pass@host/simple and http://token@host:8/ or http://host/a@b"),
            "at https://***@host/simple and http://***@host:8/ or http://host/a@b");
}

}  // namespace
}  // namespace sandgate

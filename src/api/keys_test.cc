// SPDX-License-Identifier: Apache-2.0
// Which key a request has, and where an operator may put it.
#include "api/keys.h"

#include <gtest/gtest.h>

#include "config/keys.h"

namespace sandgate::api {
namespace {

const std::vector<ApiKey> kMore{{.name = "a", .key = "of-a"}, {.name = "b", .key = "of-b"}};

TEST(MatchKeyTest, EachKeyHasItsNumber) {
  EXPECT_EQ(0u, MatchKey("main", "main", kMore));
  EXPECT_EQ(1u, MatchKey("of-a", "main", kMore));
  EXPECT_EQ(2u, MatchKey("of-b", "main", kMore));
  for (const char* wrong : {"", "mai", "mainn", "of-", "of-c", "of-aof-a", "a"}) {
    EXPECT_EQ(std::nullopt, MatchKey(wrong, "main", kMore)) << wrong;
  }
}

TEST(MatchKeyTest, AnEmptyKeyIsNobodys) {
  EXPECT_EQ(std::nullopt, MatchKey("", "", {{.name = "a", .key = ""}}));
  EXPECT_EQ(1u, MatchKey("of-a", "", kMore));
}

TEST(MatchKeyTest, ALongFirstKeyIsStillOne) {
  const std::string key(kMaxKeyBytes + 1, 'k');
  EXPECT_EQ(0u, MatchKey(key, key, kMore));
}

TEST(OperatorsKeyTest, IsInEitherHeader) {
  const auto of = [](std::string name, std::string value) {
    http::Request request;
    request.headers.emplace_back(std::move(name), std::move(value));
    return std::string(OperatorsKey(request));
  };
  EXPECT_EQ("k", of("X-Api-Key", "k"));
  EXPECT_EQ("k", of("Authorization", "Bearer k"));
  EXPECT_EQ("k", of("authorization", "bearer  k"));
  EXPECT_EQ("", of("Authorization", "Basic k"));
  EXPECT_EQ("", of("Authorization", "Bearer"));
}

}  // namespace
}  // namespace sandgate::api

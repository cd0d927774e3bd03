// SPDX-License-Identifier: Apache-2.0
// Lists of API keys: what is read, what is refused, and that no key is ever told.
#include "config/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/effective.h"
#include "config/load_test_support.h"

namespace sandgate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kTwo =
    "keys:\n"
    "  - name: team-a\n"
    "    key: secret-a\n"
    "    max_workers: 2\n"
    "    max_requests: 10\n"
    "    limits: {memory_mb: 256, wall_seconds: 3, stdout_bytes: 1MiB}\n"
    "  - {name: team.b_2, key: 'secret b'}\n";

TEST(KeysTest, EntriesAreReadInTheirOrder) {
  const std::vector<ApiKey> keys = LoadText(kTwo).config.keys;
  ASSERT_EQ(2u, keys.size());
  EXPECT_EQ("team-a", keys[0].name);
  EXPECT_EQ("secret-a", keys[0].key);
  EXPECT_EQ(2, keys[0].max_workers);
  EXPECT_EQ(10, keys[0].max_requests);
  EXPECT_EQ((Limits{.worker_timeout = 3, .limit_memory_mb = 256, .limit_stdout_bytes = 1 << 20}),
            keys[0].limits);
  EXPECT_EQ("team.b_2", keys[1].name);
  EXPECT_EQ("secret b", keys[1].key);
  EXPECT_EQ(0, keys[1].max_workers);
}

TEST(KeysTest, TheValuesInForceNameKeysOnly) {
  const std::string shown = EffectiveText(LoadText(kTwo));
  EXPECT_THAT(shown, AllOf(HasSubstr("team-a, team.b_2"), Not(HasSubstr("secret"))));
}

TEST(KeysTest, AMistakeIsToldWithItsLineAndItsKey) {
  EXPECT_EQ(
      "keys: \"max_worker\" (from FILE:4) is not a field of a key; there are name, key, max_workers, "
      "max_requests and limits",
      LoadError("keys:\n  - name: a\n    key: k\n    max_worker: 1\n"));
  EXPECT_EQ("keys: \"0\" (from FILE:4) is not a whole number from 1 to 100000 (max_requests of the key a)",
            LoadError("keys:\n  - name: a\n    key: k\n    max_requests: 0\n"));
}

TEST(KeysTest, AMistakeInAKeyDoesNotShowIt) {
  for (const char* key : {"' secret'", "\"secret\\n\"", "[secret]", "{secret: 1}"}) {
    EXPECT_THAT(LoadError(std::string("keys: [{name: a, key: ") + key + "}]"),
                AllOf(HasSubstr("a usable key"), Not(HasSubstr("secret"))))
        << key;
  }
  EXPECT_THAT(LoadError("keys: secret"), Not(HasSubstr("secret")));
  EXPECT_THAT(LoadError("keys: {a: secret}"), Not(HasSubstr("secret")));
  EXPECT_THAT(LoadError("keys: [secret]"), Not(HasSubstr("secret")));
}

TEST(KeysTest, AFieldGivenTwiceIsAMistake) {
  EXPECT_THAT(LoadError("keys:\n- {name: a, key: k, max_workers: 1, max_workers: 2}"),
              HasSubstr("once only"));
  EXPECT_THAT(LoadError("keys:\n- {name: a, key: k, limits: {memory_mb: 64, memory_mb: 32}}"),
              HasSubstr("once only"));
}

TEST(KeysTest, LimitsMayOnlyBeLower) {
  const std::string keys = "keys: [{name: a, key: k, limits: {memory_mb: 512}}]\n";
  EXPECT_EQ("", LoadError(keys));
  EXPECT_THAT(LoadError(keys + "limits: {memory_mb: 256}"), HasSubstr("more than limits.memory_mb (256)"));
}

// A higher value in the environment does not matter where the file has a lower one, and the other way round.
TEST(KeysTest, LimitsAreComparedWithTheValueInForce) {
  const std::string keys = "keys: [{name: a, key: k, limits: {wall_seconds: 20}}]\n";
  EXPECT_THAT(LoadError(keys), HasSubstr("more than worker_timeout (5)"));
  EXPECT_EQ("", LoadError(keys, {{"WORKER_TIMEOUT", "30"}}));
}

TEST(KeysTest, AnAliasThatContainsItselfIsNoEndlessLoop) {
  EXPECT_NE("", LoadError("keys: &k [*k]"));
  EXPECT_NE("", LoadError("keys: [&k {name: a, key: k, limits: *k}]"));
}

TEST(KeysTest, TheDocumentHasEachField) {
  const std::string docs = KeyFieldsDocs();
  for (const char* field : {"name", "key", "max_workers", "max_requests", "limits.wall_seconds"}) {
    EXPECT_THAT(docs, HasSubstr("| `" + std::string(field) + "` |"));
  }
}

}  // namespace
}  // namespace sandgate

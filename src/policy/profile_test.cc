// SPDX-License-Identifier: Apache-2.0
// Files of profiles, what they may say, and that they read back as they were written.
#include "policy/profile.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/socket.h>

#include <filesystem>

#include "base/sys.h"
#include "base/text.h"
#include "policy/policy_test_support.h"
#include "policy/profile_check.h"
#include "policy/profile_text.h"
#include "policy/rule_file.h"

namespace sandgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Rule> Read(const std::string& rules) {
  return ReadProfileRules("rules:\n" + rules, "p", "profile p");
}

// What reading the entries, and making a policy with them, fails with.
std::string Mistake(const std::string& rules, PolicyOptions options = {}) {
  try {
    options.profile = Read(rules);
    Policy::Make(options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

class ProfileFolder : public ::testing::Test {
 protected:
  ~ProfileFolder() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ = std::filesystem::temp_directory_path() / ("sandgate-profiles-" + RandomHex(8));
};

TEST(Profile, NamesArePlain) {
  EXPECT_TRUE(IsProfileName("a"));
  EXPECT_TRUE(IsProfileName("etl-2.1_x"));
  for (const char* name : {"", "default", "A", ".a", "-a", "a/b", "..", "a b"})
    EXPECT_FALSE(IsProfileName(name));
  EXPECT_TRUE(IsProfileName(std::string(64, 'a')));
  EXPECT_FALSE(IsProfileName(std::string(65, 'a')));
  EXPECT_THROW(ProfilePath("/x", "../y"), Error);
}

TEST(Profile, AddsItsCallsToThePolicyAndNoOthers) {
  const Policy policy = Policy::Make({.profile = Read("- allow: [setuid]\n  why: w\n")});
  EXPECT_EQ(VerdictOf(policy, Call("setuid")), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("setgid")), Verdict::kRefuse);
}

TEST(Profile, MayNotSayWhatNoSettingCouldAllow) {
  EXPECT_THAT(Mistake("- allow: [ptrace]\n  why: w\n"), HasSubstr("profile p: ptrace is hazardous"));
  EXPECT_THAT(Mistake("- allow: [clone]\n  why: w\n"), HasSubstr("with some of these arguments"));
  EXPECT_THAT(Mistake("- allow: [clone3]\n  why: w\n"), HasSubstr("cannot be allowed"));
  EXPECT_THAT(
      Mistake("- allow: [socket]\n  when: {domain: AF_INET, type: SOCK_DGRAM, protocol: 0}\n  why: w\n",
              {.network = false}),
      HasSubstr("enable_network"));
  EXPECT_THAT(Mistake("- allow: [kill]\n  why: w\n", {.signals_contained = false}),
              HasSubstr("cannot be allowed"));
  EXPECT_EQ(Mistake("- allow: [ptrace]\n  why: w\n", {.allow_hazardous = true}), "");
}

TEST(Profile, HazardsAreWarnedOf) {
  const Policy policy =
      Policy::Make({.allow_hazardous = true, .profile = Read("- allow: [ptrace]\n  why: w\n")});
  EXPECT_THAT(policy.warnings(), ElementsAre(HasSubstr("profile p lets runs use ptrace")));
}

TEST(Profile, MistakesNameFileAndRule) {
  EXPECT_THAT(Mistake("- allow: [setuid]\n  why: w\n- allow: [x]\n  why: w\n"),
              HasSubstr("profile p, rule 2: \"x\""));
  EXPECT_THAT(Mistake("- hazard: [setuid]\n  why: w\n"), HasSubstr("only adds"));
  EXPECT_THAT(Mistake("- allow: [setuid]\n  needs: x\n  why: w\n"), HasSubstr("needs"));
  EXPECT_THAT(Mistake("- allow: setuid\n  why: w\n"), HasSubstr("not followed by a list"));
  EXPECT_THAT(Mistake("- allow: [prctl]\n  when: []\n  why: w\n"), HasSubstr("never holds"));
  EXPECT_THAT(Mistake("- allow: [prctl]\n  when: {option: 1, option: 2}\n  why: w\n"),
              HasSubstr("given twice"));
  EXPECT_THAT(Mistake("- 5\n"), HasSubstr("rule 1"));
  EXPECT_THROW(ReadProfileRules("rules: []\nmore: 1\n", "p", "profile p"), Error);
  EXPECT_THROW(ReadProfileRules("name: q\nrules: []\n", "p", "profile p"), Error);
  EXPECT_THROW(ReadProfileRules("", "p", "profile p"), Error);
  EXPECT_THROW(ReadProfileRules("rules: []\n---\nrules: []\n", "p", "profile p"), Error);
}

TEST(Profile, RulesAreKeptOnceAndInOrder) {
  const std::vector<Rule> rules =
      MergeRules(Read("- allow: [setuid, ioctl]\n  why: first\n"),
                 Read("- allow: [setuid]\n  why: second\n- allow: [ioctl]\n  when: {request: "
                      "TCSETS}\n  why: second\n"));
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(RuleLine(rules[0]), "ioctl");
  EXPECT_EQ(rules[1].why, "first");
}

TEST_F(ProfileFolder, WhatIsWrittenReadsBack) {
  EXPECT_THAT(ProfileNames(folder_), IsEmpty());
  EXPECT_FALSE(ReadProfile(folder_, "p").has_value());
  const std::vector<Rule> rules = MergeRules(
      Read("- allow: [setuid, setgid]\n  why: \"a: \\\"b\\\" #c\"\n- allow: [clone]\n  when: {flags: {mask: "
           "CLONE_THREAD|CLONE_NEWNS, equals: 0}}\n  why: w\n- allow: [socket]\n  when: [{domain: AF_UNIX, "
           "type: {ignore: "
           "SOCK_CLOEXEC, equals: [SOCK_STREAM, SOCK_DGRAM]}}, {domain: 77}]\n  why: w\n- allow: "
           "[prlimit64]\n  when: "
           "{pid: {mask: 0xffffffffffffffff, equals: 0}}\n  why: w\n"),
      {});
  WriteProfile(folder_, {"p", rules});
  const std::optional<Profile> profile = ReadProfile(folder_, "p");
  ASSERT_TRUE(profile.has_value());
  const std::vector<Rule> again = MergeRules(profile->rules, {});
  ASSERT_EQ(again.size(), rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    EXPECT_EQ(again[i].syscall, rules[i].syscall);
    EXPECT_EQ(again[i].when, rules[i].when);
    EXPECT_EQ(again[i].why, rules[i].why);
  }
  EXPECT_THAT(ProfileNames(folder_), ElementsAre("p"));
}

// Every permit of the policy can be written into a profile, and reads back as a rule that may be there.
TEST(Profile, EveryPermitOfThePolicyReadsBack) {
  const Policy policy = Policy::Make({});
  std::vector<Rule> permits;
  for (const Rule& permit : policy.dormant()) {
    constexpr unsigned kOthers = needs::kNetwork | needs::kHazardous;
    if (permit.verdict != Verdict::kAllow || (permit.needs & kOthers) != 0) continue;
    const std::vector<Rule> rules = ReadProfileRules(ProfileText({"p", {permit}}), "p", "profile p");
    ASSERT_EQ(rules.size(), 1U) << RuleLine(permit);
    EXPECT_EQ(rules[0].when, permit.when) << RuleLine(permit);
    permits.push_back(rules[0]);
  }
  EXPECT_GT(permits.size(), 50U);
  EXPECT_NO_THROW(Policy::Make({.profile = permits}));
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "selftest/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sandgate::selftest {
namespace {

using ::testing::HasSubstr;

Attack AnAttack() {
  Attack attack;
  attack.name = "ipc/one.py";
  attack.text = "print(STAGE['key_id'])";
  return attack;
}

Observed Said(const std::string& output, Outcome outcome = Outcome::kOk) {
  Observed observed;
  observed.result.emplace();
  observed.result->stdout_bytes = output;
  observed.result->outcome = outcome;
  return observed;
}

const Ground kHere{"rootless", {"seccomp"}, {{"key_id", "add_key: refused"}, {"peer", "none"}}};

TEST(Verdict, WhatTheAttackSaysCounts) {
  EXPECT_EQ(Judge(AnAttack(), Said("ESCAPED: mark\n"), kHere).verdict, Verdict::kThrough);
  const Judgement held = Judge(AnAttack(), Said("noise\nHELD: EPERM\n"), kHere);
  EXPECT_EQ(held.verdict, Verdict::kHeld);
  EXPECT_EQ(held.detail, "EPERM");
  EXPECT_EQ(Judge(AnAttack(), Said("HELD: EPERM\nESCAPED: x\n"), kHere).verdict, Verdict::kThrough);
}

TEST(Verdict, TheStageIsBelievedMoreThanTheAttack) {
  Observed observed = Said("HELD: EPERM\n");
  observed.damage = {"the victim was ended or stopped by a signal"};
  const Judgement judgement = Judge(AnAttack(), observed, kHere);
  EXPECT_EQ(judgement.verdict, Verdict::kThrough);
  EXPECT_THAT(judgement.detail, HasSubstr("victim"));
}

TEST(Verdict, WhatIsKnownToBeOpenIsNotDefended) {
  Attack attack = AnAttack();
  attack.open_in.push_back({"rootless", "", "", "by design"});
  EXPECT_EQ(Judge(attack, Said("ESCAPED: x\n"), kHere).verdict, Verdict::kNotDefended);
  EXPECT_EQ(Judge(attack, Said("ESCAPED: x\n"), {"full", {}, {}}).verdict, Verdict::kThrough);
  const Judgement held = Judge(attack, Said("HELD: EPERM\n"), kHere);
  EXPECT_EQ(held.verdict, Verdict::kHeld);
  EXPECT_THAT(held.note, HasSubstr("by design"));
}

TEST(Verdict, OnlyAnExpectedLimitEndsAnAttack) {
  Attack attack = AnAttack();
  EXPECT_EQ(Judge(attack, Said("", Outcome::kTimeout), kHere).verdict, Verdict::kInconclusive);
  attack.limits = {"out_of_memory", "timeout"};
  EXPECT_EQ(Judge(attack, Said("", Outcome::kTimeout), kHere).verdict, Verdict::kLimit);
  EXPECT_EQ(Judge(attack, Said("", Outcome::kOutputLimit), kHere).verdict, Verdict::kInconclusive);
  EXPECT_EQ(Judge(attack, Said("ESCAPED: x\n", Outcome::kTimeout), kHere).verdict, Verdict::kThrough);
}

TEST(Verdict, SilenceAndFailuresProveNothing) {
  EXPECT_EQ(Judge(AnAttack(), Said("done\n"), kHere).verdict, Verdict::kInconclusive);
  Observed failed;
  failed.failure = "no slot";
  const Judgement judgement = Judge(AnAttack(), failed, kHere);
  EXPECT_EQ(judgement.verdict, Verdict::kInconclusive);
  EXPECT_EQ(judgement.detail, "no slot");
}

TEST(Verdict, WhatTheMachineLacksIsNamed) {
  const Judgement judgement = Judge(AnAttack(), Said("HELD: not on this machine\n"), kHere);
  EXPECT_EQ(judgement.verdict, Verdict::kNotPossible);
  EXPECT_EQ(judgement.detail, "key_id: add_key: refused");
}

}  // namespace
}  // namespace sandgate::selftest

// SPDX-License-Identifier: Apache-2.0
// Which refused calls a trace carries out, and what it makes of them.
#include "policy/trace.h"

#include <gmock/gmock.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "policy/policy_test_support.h"
#include "policy/profile_text.h"

namespace sandgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> Lines(const std::vector<Rule>& rules) {
  std::vector<std::string> lines;
  lines.reserve(rules.size());
  for (const Rule& rule : rules) lines.push_back(RuleLine(rule));
  return lines;
}

// What is carried out under the default policy.
class TraceTest : public ::testing::Test {
 protected:
  bool Permits(std::string_view name, std::initializer_list<std::uint64_t> args = {}) {
    return recorder_.Permits(Call(name, args));
  }

  Policy policy_ = Policy::Make({});
  TraceRecorder recorder_{policy_, TracedProcesses::kAllowed};
};

TEST_F(TraceTest, CarriesOutWhatASettingCouldAllowAndRecordsItOnce) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Permits("setuid", {1000}));
  EXPECT_TRUE(Permits("ioctl", {1, TIOCOUTQ}));
  const Additions additions = recorder_.Take();
  EXPECT_THAT(Lines(additions.rules), ElementsAre("ioctl request=TIOCOUTQ", "setuid"));
  EXPECT_EQ(additions.calls, 4U);
}

TEST_F(TraceTest, NeverCarriesOutHazards) {
  EXPECT_FALSE(Permits("ptrace"));
  EXPECT_FALSE(Permits("prctl", {PR_SET_DUMPABLE, 1}));
  EXPECT_FALSE(Permits("clone", {CLONE_NEWUSER | SIGCHLD}));
  EXPECT_FALSE(Permits("socket", {AF_VSOCK, SOCK_STREAM, 0}));
  EXPECT_FALSE(Permits("clone3"));
  EXPECT_THAT(recorder_.Take().rules, IsEmpty());
  const Policy hazardous = Policy::Make({.allow_hazardous = true});
  EXPECT_FALSE(TraceRecorder(hazardous, TracedProcesses::kAllowed).Permits(Call("ptrace")));
}

TEST_F(TraceTest, LeavesOutWhatTheKernelRefusesARunAsWell) {
  const Policy policy = Policy::Make({.run_uids = {10000, 10009}});
  TraceRecorder recorder(policy, TracedProcesses::kAllowed);
  EXPECT_FALSE(recorder.Permits(Call("setuid", {0})));
  EXPECT_FALSE(recorder.Permits(Call("setgroups", {0, 0})));
  EXPECT_THAT(recorder.Take().rules, IsEmpty());
  EXPECT_TRUE(recorder.Permits(Call("setuid", {10001})));
}

TEST_F(TraceTest, NeverCarriesOutCallsOfAnotherArchitecture) {
  RefusedCall call = Call("setuid");
  call.arch = AUDIT_ARCH_I386;
  EXPECT_FALSE(recorder_.Permits(call));
  call.arch = AUDIT_ARCH_X86_64;
  call.number |= kX32Bit;
  EXPECT_FALSE(recorder_.Permits(call));
}

TEST_F(TraceTest, TellsOfTheNetworkAndDoesNotGiveIt) {
  EXPECT_FALSE(Permits("socket", {AF_INET, SOCK_STREAM, 0}));
  const Additions additions = recorder_.Take();
  EXPECT_TRUE(additions.enable_network);
  EXPECT_THAT(additions.rules, IsEmpty());
  const std::string text = AdditionsText(additions, Locale::kEnglish);
  EXPECT_THAT(text, HasSubstr("\nenable_network: true\n"));
  EXPECT_THAT(text, HasSubstr("# The request must ask for the network"));
}

TEST_F(TraceTest, ANetworkThatIsOfferedIsTheRequestsAffair) {
  const Policy policy = Policy::Make({.network_offered = true});
  TraceRecorder recorder(policy, TracedProcesses::kNone);
  EXPECT_FALSE(recorder.Permits(Call("socket", {AF_INET, SOCK_STREAM, 0})));
  const std::string text = AdditionsText(recorder.Take(), Locale::kEnglish);
  EXPECT_THAT(text, StartsWith("# The request must ask for the network with enable_network: true"));
  EXPECT_THAT(text, Not(HasSubstr("\nenable_network: true")));
}

TEST_F(TraceTest, ProcessesAreALineOrRulesThatStandAlone) {
  EXPECT_TRUE(Permits("execve"));
  EXPECT_FALSE(recorder_.started_processes());
  EXPECT_TRUE(Permits("clone", {CLONE_VM | CLONE_VFORK | SIGCHLD}));
  EXPECT_TRUE(recorder_.started_processes());
  EXPECT_TRUE(Permits("setuid"));
  const Additions additions = recorder_.Take();
  EXPECT_TRUE(additions.allow_processes);
  EXPECT_THAT(Lines(additions.others), ElementsAre("setuid"));
  const Policy policy = Policy::Make({.profile = additions.rules});
  EXPECT_EQ(VerdictOf(policy, Call("clone", {CLONE_VM | CLONE_VFORK | SIGCHLD})), Verdict::kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("execve")), Verdict::kAllow);
  EXPECT_TRUE(AllowsProcesses(policy));
}

TEST_F(TraceTest, StartsNothingWhereItCouldNotBeEnded) {
  TraceRecorder recorder(policy_, TracedProcesses::kNone);
  for (const char* name : {"fork", "vfork", "execve"}) EXPECT_FALSE(recorder.Permits(Call(name))) << name;
  EXPECT_FALSE(recorder.Permits(Call("clone", {SIGCHLD})));
  EXPECT_TRUE(recorder.Permits(Call("setsid")));
}

TEST_F(TraceTest, SignalsThatCouldLeaveTheRunStayRefused) {
  const Policy policy = Policy::Make({.signals_contained = false});
  EXPECT_FALSE(TraceRecorder(policy, TracedProcesses::kAllowed).Permits(Call("kill", {1, SIGTERM})));
}

TEST_F(TraceTest, TheTextIsOneLineForEachChoiceAndEntriesForTheRest) {
  Permits("execve");
  Permits("setuid");
  const std::string text = AdditionsText(recorder_.Take(), Locale::kEnglish);
  EXPECT_THAT(text, HasSubstr("allow_processes: true\n"));
  EXPECT_THAT(text, HasSubstr("  - allow: [setuid]\n    why: \"refused by default: "));
  EXPECT_THAT(text, Not(HasSubstr("execve")));
}

}  // namespace
}  // namespace sandgate

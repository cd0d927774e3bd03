// SPDX-License-Identifier: Apache-2.0
// What the reference says of calls of each kind, under policies that differ.
#include "policy/describe.h"

#include <gmock/gmock.h>

#include "policy/policy_test_support.h"

namespace sandgate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

CallDescription Of(std::string_view name, const PolicyOptions& options = {}) {
  return Describe(Policy::Make(options), *FindSyscall(name), Locale::kEnglish);
}

TEST(Describe, AnAllowedCallNeedsNoSetting) {
  const CallDescription read = Of("read");
  EXPECT_EQ(read.standing, Standing::kAllowed);
  EXPECT_EQ(read.does, "A program uses it to read from a descriptor.");
  EXPECT_THAT(read.why, HasSubstr("everything reads and writes"));
  EXPECT_EQ(read.setting, "");
  EXPECT_EQ(read.hazard, "");
}

TEST(Describe, AHazardousCallTellsWhatItGivesAnAttackerAndWhatItTakes) {
  const CallDescription module = Of("init_module");
  EXPECT_EQ(module.standing, Standing::kRefused);
  EXPECT_EQ(module.hazard, "code in the kernel owns the machine");
  EXPECT_EQ(module.setting, "allow_hazardous_syscalls: true, allowed_syscalls: [init_module]");
  PolicyOptions options;
  options.allow_hazardous = true;
  options.allowed_syscalls = {"init_module"};
  EXPECT_EQ(Of("init_module", options).standing, Standing::kAllowed);
  EXPECT_NE(Of("init_module", options).hazard, "") << "it stays a hazard when it is allowed";
}

TEST(Describe, ACallThatAnOptionGivesNamesTheOption) {
  const CallDescription execve = Of("execve");
  EXPECT_EQ(execve.standing, Standing::kRefused);
  EXPECT_THAT(execve.why, HasSubstr("a run is one process"));
  EXPECT_EQ(execve.setting, "allow_processes: true");
  PolicyOptions options;
  options.processes = true;
  EXPECT_EQ(Of("execve", options).standing, Standing::kAllowed);
}

TEST(Describe, ACallThatMayBeListedNamesTheList) {
  EXPECT_EQ(Of("mlockall").standing, Standing::kRefused);
  EXPECT_EQ(Of("mlockall").setting, "allowed_syscalls: [mlockall]");
  PolicyOptions options;
  options.allowed_syscalls = {"mlockall"};
  EXPECT_EQ(Of("mlockall", options).standing, Standing::kAllowed);
}

TEST(Describe, ConditionsAreShownByName) {
  const CallDescription socket = Of("socket");
  EXPECT_EQ(socket.standing, Standing::kConditional);
  EXPECT_EQ(socket.setting, "enable_network: true");
  EXPECT_THAT(socket.hazard, HasSubstr("with some arguments: "));
  ASSERT_THAT(socket.rules, Not(IsEmpty()));
  EXPECT_THAT(socket.rules[0].when, HasSubstr("domain = AF_UNIX"));
  EXPECT_THAT(socket.rules[0].when, HasSubstr("SOCK_STREAM"));
  EXPECT_THAT(Of("ioctl").rules[0].when, HasSubstr("request = "));
  EXPECT_THAT(Of("ioctl").rules[0].when, HasSubstr(" | "));
}

TEST(Describe, ACallThatIsAnsweredEnosysIsUnavailable) {
  EXPECT_EQ(Of("clone3").standing, Standing::kUnavailable);
  EXPECT_THAT(Of("clone3").why, HasSubstr("glibc falls back to clone"));
  EXPECT_EQ(Of("clone3").setting, "");
}

TEST(Describe, ACallOfAnotherArchitectureIsAbsent) {
  if (NativeArchitecture() == Architecture::kAmd64) return;
  EXPECT_EQ(Of("fork").standing, Standing::kAbsent);
}

TEST(Describe, EveryCallHasAReasonInBothLanguages) {
  const Policy policy = Policy::Make({});
  for (const Locale locale : {Locale::kEnglish, Locale::kChinese}) {
    for (const CallDescription& call : DescribeAll(policy, locale)) {
      EXPECT_NE(call.why, "") << call.call->name;
      EXPECT_NE(call.does, "") << call.call->name;
    }
  }
  const CallDescription chinese = Describe(policy, *FindSyscall("ptrace"), Locale::kChinese);
  EXPECT_THAT(chinese.does, HasSubstr("跟踪另一个进程"));
  EXPECT_THAT(chinese.hazard, HasSubstr("其他进程"));
}

}  // namespace
}  // namespace sandgate

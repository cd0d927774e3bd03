// SPDX-License-Identifier: Apache-2.0
// What a workflow author and an operator are told about a refused call.
#include "policy/explain.h"

#include <gmock/gmock.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "policy/decode.h"
#include "policy/policy_test_support.h"

namespace sandgate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::optional<std::string> BinLs(std::uint64_t address, std::size_t size) {
  static constexpr std::string_view kText("/bin/ls\0", 8);
  if (address != 0x1000) return std::nullopt;
  return std::string(kText.substr(0, size));
}

Denial ExplainCall(const RefusedCall& call, const PolicyOptions& options = {}) {
  return Explain(Policy::Make(options), call, DecodeArguments(call, BinLs));
}

TEST(Explain, AnotherProgram) {
  const Denial denial = ExplainCall(Call("execve", {0x1000, 0x2000, 0x3000}));
  EXPECT_EQ(denial.syscall, "execve");
  EXPECT_EQ(denial.args, "\"/bin/ls\", …");
  EXPECT_EQ(denial.tried, "start another program (\"/bin/ls\")");
  EXPECT_EQ(denial.fix, "allow_processes: true");
  EXPECT_EQ(denial.rule, "processes: execve (switched off)");
  EXPECT_EQ(denial.count, 1U);
  EXPECT_EQ(DenialSentence(denial),
            "the code tried to start another program (\"/bin/ls\"), which was refused (system call execve): "
            "A run is "
            "one process and starts no other programs unless the configuration allows it; to allow it, the "
            "operator "
            "sets \"allow_processes: true\" in conf/config.yaml (instead of a line that sets it already).");
}

TEST(Explain, AnotherProcess) {
  const Denial denial = ExplainCall(Call("clone", {SIGCHLD}));
  EXPECT_EQ(denial.tried, "start another process");
  EXPECT_EQ(denial.fix, "allow_processes: true");
}

TEST(Explain, TheNetwork) {
  const Denial tcp = ExplainCall(Call("socket", {AF_INET, SOCK_STREAM, 0}));
  EXPECT_EQ(tcp.tried, "open a network connection");
  EXPECT_EQ(tcp.fix, "enable_network: true");
  EXPECT_THAT(tcp.why, HasSubstr("switched off"));
  EXPECT_THAT(
      DenialSentence(tcp),
      HasSubstr("\"enable_network: true\" in conf/config.yaml (instead of a line that sets it already) and "
                "the request"));
  EXPECT_EQ(ExplainCall(Call("socket", {AF_NETLINK, SOCK_RAW, 0})).fix, "enable_network: true");
}

TEST(Explain, TheNetworkThatARequestMayAskFor) {
  const Denial denial = ExplainCall(Call("socket", {AF_INET, SOCK_STREAM, 0}), {.network_offered = true});
  EXPECT_EQ(denial.fix, "enable_network: true");
  EXPECT_EQ(denial.fix_in, fix_in::kRequest);
  EXPECT_THAT(DenialSentence(denial), HasSubstr("the request asks for it with \"enable_network: true\""));
}

TEST(Explain, WhereTheFixGoes) {
  EXPECT_EQ(ExplainCall(Call("execve")).fix_in, fix_in::kConfig);
  EXPECT_EQ(ExplainCall(Call("socket", {AF_INET, SOCK_STREAM, 0})).fix_in, fix_in::kBoth);
  EXPECT_EQ(ExplainCall(Call("ptrace")).fix_in, fix_in::kNowhere);
  EXPECT_EQ(ExplainCall(Call("execve")).layer, "seccomp");
  EXPECT_EQ(ExplainCall(Call("execve", {0x1000})).object, "\"/bin/ls\"");
}

TEST(Explain, AFixKeepsWhatIsListedAlready) {
  const PolicyOptions listed{.allowed_syscalls = {"setuid", "206"}};
  EXPECT_EQ(ExplainCall(Call("mlockall"), listed).fix, "allowed_syscalls: [setuid, 206, mlockall]");
  const PolicyOptions hazards{.allowed_syscalls = {"setuid", "ptrace"}};
  EXPECT_THAT(ExplainCall(Call("ptrace"), hazards).fix, HasSubstr("allowed_syscalls: [setuid, ptrace])"));
}

TEST(Explain, ALongListIsNotRepeated) {
  PolicyOptions options;
  options.allowed_syscalls.assign(21, "setuid");
  const Denial denial = ExplainCall(Call("mlockall"), options);
  EXPECT_EQ(denial.fix, "add mlockall to the 21 entries of allowed_syscalls");
  EXPECT_EQ(denial.fix_in, fix_in::kConfig);
}

TEST(Explain, TheLineIsTold) {
  Denial denial = ExplainCall(Call("mlockall"));
  denial.line = 7;
  EXPECT_THAT(DenialSentence(denial), HasSubstr(" in line 7, which was refused (system call mlockall)"));
}

TEST(Explain, InTheReadersLanguage) {
  const RefusedCall call = Call("socket", {AF_INET, SOCK_STREAM, 0});
  const Denial denial = Explain(Policy::Make({}), call, DecodeArguments(call, BinLs), Locale::kChinese);
  EXPECT_THAT(denial.why, HasSubstr("本次运行没有网络"));
  EXPECT_EQ(denial.fix, "enable_network: true") << "what a machine reads stays as it is";
  EXPECT_THAT(DenialSentence(denial, Locale::kChinese), HasSubstr("conf/config.yaml"));
  EXPECT_THAT(DenialSentence(denial, Locale::kChinese), Not(HasSubstr("the code tried")));
}

TEST(Explain, ACallThatMayBeListed) {
  const Denial denial = ExplainCall(Call("mlockall"));
  EXPECT_EQ(denial.fix, "allowed_syscalls: [mlockall]");
  EXPECT_EQ(denial.rule, "base: mlockall");
  EXPECT_THAT(denial.why, StartsWith("It takes"));
}

TEST(Explain, AnotherIdentityCannotBeAllowed) {
  const PolicyOptions options{.run_uids = {10000, 10009}, .run_gids = {5, 5}};
  const auto fix = [&options](const char* call, std::initializer_list<std::uint64_t> args) {
    return ExplainCall(Call(call, args), options).fix;
  };
  const char* never = "cannot be allowed: a run has no privileges";
  constexpr std::uint64_t kUnchanged = 0xffffffff;
  EXPECT_EQ(fix("setuid", {0}), never);
  EXPECT_EQ(fix("setgid", {0}), never);
  EXPECT_EQ(fix("setresuid", {kUnchanged, 10001, 0}), never);
  EXPECT_EQ(fix("setregid", {5, 6}), never);
  EXPECT_EQ(fix("setgroups", {0, 0}), never);
  EXPECT_EQ(fix("setuid", {10009}), "allowed_syscalls: [setuid]");
  EXPECT_EQ(fix("setresuid", {kUnchanged, 10001, 10001}), "allowed_syscalls: [setresuid]");
  EXPECT_EQ(fix("setgid", {5}), "allowed_syscalls: [setgid]");
  EXPECT_EQ(ExplainCall(Call("setuid", {0})).fix, "allowed_syscalls: [setuid]")
      << "ids of runs are not known";
}

TEST(Explain, ListingIsNotOfferedWhereItWouldNotHelp) {
  EXPECT_EQ(ExplainCall(Call("ioctl", {1, 0x5402})).fix, "allowed_syscalls: [ioctl]") << "TCSETS";
  EXPECT_THAT(ExplainCall(Call("ioctl", {1, 0x9999})).fix, StartsWith("cannot be allowed: "));
  EXPECT_THAT(ExplainCall(Call("prlimit64", {77, RLIMIT_AS})).fix, StartsWith("cannot be allowed: "));
  EXPECT_THAT(ExplainCall(Call("socketpair", {AF_TIPC, SOCK_STREAM})).fix, StartsWith("cannot be allowed: "));
}

TEST(Explain, AHazard) {
  const Denial denial = ExplainCall(Call("ptrace", {16, 1}));
  EXPECT_EQ(denial.rule, "hazards: ptrace");
  EXPECT_EQ(denial.tried, "trace another process");
  EXPECT_EQ(denial.args, "PTRACE_ATTACH, 1, NULL, 0x0");
  EXPECT_THAT(denial.fix, StartsWith("cannot be allowed: hazardous"));
  EXPECT_THAT(denial.fix, HasSubstr("allow_hazardous_syscalls: true and allowed_syscalls: [ptrace]"));
  EXPECT_EQ(ExplainCall(Call("ptrace"), {.allow_hazardous = true}).fix, "allowed_syscalls: [ptrace]");
}

TEST(Explain, AHazardThatDependsOnTheArguments) {
  const Denial space = ExplainCall(Call("clone", {CLONE_NEWUSER | SIGCHLD}), {.processes = true});
  EXPECT_EQ(space.tried, "create a namespace");
  EXPECT_THAT(space.fix, StartsWith("cannot be allowed"));
  EXPECT_EQ(ExplainCall(Call("socket", {AF_VSOCK, SOCK_STREAM, 0})).tried, "talk to the hypervisor");
  EXPECT_EQ(ExplainCall(Call("prctl", {PR_SET_PTRACER, 1})).rule, "hazards: prctl");
}

TEST(Explain, SignalsThatCannotBeContained) {
  const Denial denial = ExplainCall(Call("kill", {1, SIGTERM}), {.signals_contained = false});
  EXPECT_EQ(denial.args, "1, SIGTERM");
  EXPECT_THAT(denial.fix, StartsWith("cannot be allowed: "));
  EXPECT_THAT(DenialSentence(denial), HasSubstr("; it cannot be allowed."));
}

TEST(Explain, AnUnknownCall) {
  RefusedCall call;
  call.arch = NativeArch();
  call.number = 999;
  const Denial denial = ExplainCall(call);
  EXPECT_EQ(denial.syscall, "syscall 999");
  EXPECT_EQ(denial.number, 999);
  EXPECT_THAT(denial.fix, StartsWith("cannot be allowed: "));
}

TEST(Explain, CallsOfOtherArchitectures) {
  RefusedCall call;
  call.arch = AUDIT_ARCH_I386;
  call.number = 11;
  EXPECT_EQ(ExplainCall(call).syscall, "32-bit system call 11 (execve)");
  EXPECT_EQ(ExplainCall(call).tried, "use a 32-bit system call");
  if (NativeArch() != AUDIT_ARCH_X86_64) return;
  call.arch = AUDIT_ARCH_X86_64;
  call.number = kX32Bit | 39;
  EXPECT_EQ(ExplainCall(call).syscall, "x32 system call 39 (getpid)");
}

// Every fix that is offered works: with it, the same call is allowed.
TEST(Explain, WhatIsOfferedHelps) {
  const Policy base = Policy::Make({});
  for (const std::span<const Syscall> rows : SyscallTables()) {
    for (const Syscall& row : rows) {
      if (SyscallNumber(row) < 0) continue;
      const RefusedCall call = Call(row.name, {1, 1, 1, 1, 1, 1});
      if (VerdictOf(base, call) == Verdict::kAllow || VerdictOf(base, call) == Verdict::kUnavailable)
        continue;
      const Denial denial = Explain(base, call, DecodeArguments(call, nullptr));
      EXPECT_THAT(denial.why, Not(::testing::IsEmpty())) << row.name;
      PolicyOptions options;
      if (denial.fix.starts_with("cannot")) continue;
      if (denial.fix == "enable_network: true") options.network = true;
      if (denial.fix == "allow_processes: true") options.processes = true;
      if (denial.fix.starts_with("allowed_syscalls")) options.allowed_syscalls.emplace_back(row.name);
      EXPECT_EQ(VerdictOf(Policy::Make(options), call), Verdict::kAllow) << row.name << ": " << denial.fix;
    }
  }
}

}  // namespace
}  // namespace sandgate

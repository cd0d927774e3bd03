// SPDX-License-Identifier: Apache-2.0
// What runs may and may not call under each choice of options.
#include "policy/policy.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/audit.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "policy/policy_test_support.h"

namespace sandgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kAllow = Verdict::kAllow;
constexpr auto kRefuse = Verdict::kRefuse;
constexpr auto kUnavailable = Verdict::kUnavailable;

Policy Base() { return Policy::Make({}); }

TEST(Policy, LetsTheJailFinishAfterTheFilterIsLoaded) {
  const Policy policy = Base();
  for (const char* name : {"sendmsg", "close", "write", "exit_group", "read", "fcntl"}) {
    EXPECT_EQ(VerdictOf(policy, Call(name)), kAllow) << name;
  }
}

TEST(Policy, ThreadsStartAndProcessesDoNot) {
  const Policy policy = Base();
  constexpr std::uint64_t kPthread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                                     CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
                                     CLONE_CHILD_CLEARTID;
  EXPECT_EQ(VerdictOf(policy, Call("clone", {kPthread})), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("clone", {kPthread | CLONE_NEWUSER})), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("clone", {kPthread | CLONE_PTRACE})), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("clone", {CLONE_CHILD_SETTID | SIGCHLD})), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("execve")), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("clone3")), kUnavailable);
}

TEST(Policy, ProcessesAreAnOptionWithoutNamespaces) {
  const Policy policy = Policy::Make({.processes = true});
  EXPECT_EQ(VerdictOf(policy, Call("execve")), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("setsid")), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("clone", {CLONE_VM | CLONE_VFORK | SIGCHLD})), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("clone", {CLONE_NEWNET | SIGCHLD})), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("clone", {CLONE_PARENT | SIGCHLD})), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("unshare", {CLONE_NEWUSER})), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("clone3")), kUnavailable);
}

TEST(Policy, NoWayOfCloneLeadsOutOfTheRun) {
  const Policy threads = Base();
  const Policy processes = Policy::Make({.processes = true, .allowed_syscalls = {"clone"}});
  for (const std::uint64_t bit : {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
                                  CLONE_NEWPID, CLONE_NEWNET, CLONE_PTRACE, CLONE_UNTRACED, CLONE_PARENT}) {
    constexpr std::uint64_t kThread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
    EXPECT_EQ(VerdictOf(threads, Call("clone", {kThread | bit})), kRefuse) << std::hex << bit;
    EXPECT_EQ(VerdictOf(processes, Call("clone", {SIGCHLD | bit})), kRefuse) << std::hex << bit;
  }
}

TEST(Policy, OnlyTheNetworkOptionOpensInternetSockets) {
  const Policy off = Base();
  const Policy on = Policy::Make({.network = true});
  constexpr std::uint64_t kTcp = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  for (const std::uint64_t domain : {AF_INET, AF_INET6}) {
    EXPECT_EQ(VerdictOf(off, Call("socket", {domain, kTcp, 0})), kRefuse);
    EXPECT_EQ(VerdictOf(on, Call("socket", {domain, kTcp, IPPROTO_TCP})), kAllow);
    EXPECT_EQ(VerdictOf(on, Call("socket", {domain, SOCK_DGRAM, 0})), kAllow);
    EXPECT_EQ(VerdictOf(on, Call("socket", {domain, SOCK_RAW, 0})), kRefuse);
    EXPECT_EQ(VerdictOf(on, Call("socket", {domain, SOCK_STREAM, IPPROTO_SCTP})), kRefuse);
  }
  constexpr std::uint64_t kRoute = 0;
  constexpr std::uint64_t kNetfilter = 12;
  EXPECT_EQ(VerdictOf(off, Call("socket", {AF_NETLINK, SOCK_RAW, kRoute})), kRefuse);
  EXPECT_EQ(VerdictOf(on, Call("socket", {AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, kRoute})), kAllow);
  EXPECT_EQ(VerdictOf(on, Call("socket", {AF_NETLINK, SOCK_RAW, kNetfilter})), kRefuse);
  EXPECT_EQ(VerdictOf(on, Call("socket", {AF_VSOCK, SOCK_STREAM, 0})), kRefuse);
}

TEST(Policy, UnixSocketsAreAlwaysThere) {
  EXPECT_EQ(VerdictOf(Base(), Call("socket", {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0})), kAllow);
  EXPECT_EQ(VerdictOf(Base(), Call("socketpair", {AF_UNIX, SOCK_DGRAM, 0})), kAllow);
  EXPECT_EQ(VerdictOf(Base(), Call("socketpair", {AF_TIPC, SOCK_DGRAM, 0})), kRefuse);
}

TEST(Policy, BitsThatTheKernelIgnoresChangeNothing) {
  constexpr std::uint64_t kGarbage = 0xdeadbeef00000000;
  EXPECT_EQ(VerdictOf(Base(), Call("socket", {kGarbage | AF_UNIX, SOCK_STREAM, 0})), kAllow);
  EXPECT_EQ(VerdictOf(Base(), Call("socket", {kGarbage | AF_INET, SOCK_STREAM, 0})), kRefuse);
}

TEST(Policy, SignalsNeedContainment) {
  const Policy contained = Policy::Make({.signals_contained = true});
  const Policy open = Policy::Make({.signals_contained = false});
  const Policy listed = Policy::Make({.signals_contained = false, .allowed_syscalls = {"kill", "tgkill"}});
  for (const char* name : {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"}) {
    EXPECT_EQ(VerdictOf(contained, Call(name)), kAllow) << name;
    EXPECT_EQ(VerdictOf(open, Call(name)), kRefuse) << name;
    EXPECT_EQ(VerdictOf(listed, Call(name)), kRefuse) << name;
  }
  EXPECT_EQ(VerdictOf(open, Call("fcntl", {0, F_SETOWN, 1})), kRefuse);
  EXPECT_EQ(VerdictOf(open, Call("fcntl", {0, F_SETLK})), kAllow);
}

TEST(Policy, OnlyOwnLimitsAndPriorities) {
  const Policy policy = Policy::Make({.allowed_syscalls = {"prlimit64", "setpriority"}});
  EXPECT_EQ(VerdictOf(policy, Call("prlimit64", {0, RLIMIT_NOFILE})), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("prlimit64", {77, RLIMIT_NOFILE})), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("setpriority", {PRIO_PROCESS, 0, 19})), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("setpriority", {PRIO_USER, 0, 19})), kRefuse);
}

TEST(Policy, OnlyHarmlessRequestsReachDrivers) {
  const Policy base = Base();
  const Policy listed = Policy::Make({.allowed_syscalls = {"ioctl", "prctl"}});
  EXPECT_EQ(VerdictOf(base, Call("ioctl", {1, TIOCGWINSZ})), kAllow);
  EXPECT_EQ(VerdictOf(base, Call("ioctl", {1, TCSETS})), kRefuse);
  EXPECT_EQ(VerdictOf(listed, Call("ioctl", {1, TCSETS})), kAllow);
  EXPECT_EQ(VerdictOf(listed, Call("ioctl", {1, TIOCSTI})), kRefuse);
  EXPECT_EQ(VerdictOf(base, Call("prctl", {PR_SET_NAME})), kAllow);
  for (const std::uint64_t option : {PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_MM}) {
    EXPECT_EQ(VerdictOf(listed, Call("prctl", {option})), kRefuse) << option;
  }
}

TEST(Policy, DevicesCannotBeMade) {
  const Policy policy = Policy::Make({.allowed_syscalls = {"mknodat"}});
  EXPECT_EQ(VerdictOf(policy, Call("mknodat", {0, 0, S_IFIFO | 0600})), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("mknodat", {0, 0, 0600})), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("mknodat", {0, 0, S_IFBLK | 0600})), kRefuse);
}

TEST(Policy, ListedNamesAndNumbersAreAdded) {
  EXPECT_EQ(VerdictOf(Base(), Call("mlockall")), kRefuse);
  const Policy by_name = Policy::Make({.allowed_syscalls = {"mlockall"}});
  const Policy by_number = Policy::Make({.allowed_syscalls = {std::to_string(Call("mlockall").number)}});
  for (const Policy& policy : {by_name, by_number}) {
    const Rule* rule = nullptr;
    EXPECT_EQ(policy.Evaluate(Call("mlockall"), &rule), kAllow);
    ASSERT_NE(rule, nullptr);
    EXPECT_EQ(rule->source, "allowed_syscalls");
    EXPECT_THAT(policy.warnings(), IsEmpty());
  }
}

TEST(Policy, HazardsStayRefusedWhenListed) {
  const Policy policy = Policy::Make({.allowed_syscalls = {"ptrace", "mount", "mlockall", "io_uring_setup"}});
  EXPECT_EQ(VerdictOf(policy, Call("ptrace")), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("mount")), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("io_uring_setup")), kUnavailable);
  EXPECT_EQ(VerdictOf(policy, Call("mlockall")), kAllow);
  EXPECT_THAT(policy.warnings(), ElementsAre(HasSubstr("io_uring_setup, mount, ptrace")));
}

TEST(Policy, HazardsTakeTwoSettings) {
  const Policy alone = Policy::Make({.allow_hazardous = true});
  EXPECT_EQ(VerdictOf(alone, Call("ptrace")), kRefuse);
  const Policy both =
      Policy::Make({.allowed_syscalls = {"ptrace", "clone", "io_uring_setup"}, .allow_hazardous = true});
  EXPECT_EQ(VerdictOf(both, Call("ptrace")), kAllow);
  EXPECT_EQ(VerdictOf(both, Call("io_uring_setup")), kAllow);
  EXPECT_EQ(VerdictOf(both, Call("clone", {CLONE_NEWUSER})), kAllow);
  EXPECT_EQ(VerdictOf(both, Call("mount")), kRefuse);
  EXPECT_THAT(both.warnings(), ElementsAre(HasSubstr("break out")));
}

TEST(Policy, ListingCloneGivesProcessesButNoNamespaces) {
  const Policy policy = Policy::Make({.allowed_syscalls = {"clone"}});
  EXPECT_EQ(VerdictOf(policy, Call("clone", {SIGCHLD})), kAllow);
  EXPECT_EQ(VerdictOf(policy, Call("clone", {CLONE_NEWUSER | SIGCHLD})), kRefuse);
}

TEST(Policy, ListingSocketGivesNoNetwork) {
  const Policy policy = Policy::Make({.allowed_syscalls = {"socket"}});
  EXPECT_EQ(VerdictOf(policy, Call("socket", {AF_INET, SOCK_STREAM, 0})), kRefuse);
  EXPECT_EQ(VerdictOf(policy, Call("socket", {AF_ALG, SOCK_SEQPACKET, 0})), kRefuse);
}

TEST(Policy, NumbersPastTheTableAreUnknown) {
  RefusedCall call;
  call.arch = NativeArch();
  for (const std::int64_t number : {std::int64_t{-1}, std::int64_t{999}, std::int64_t{1} << 31}) {
    call.number = number;
    EXPECT_EQ(VerdictOf(Base(), call), Verdict::kUnknown) << number;
  }
}

TEST(Policy, CallsOfOtherArchitecturesAreRefused) {
  RefusedCall call = Call("getpid");
  call.arch = AUDIT_ARCH_I386;
  EXPECT_EQ(VerdictOf(Base(), call), kRefuse);
  if (NativeArch() != AUDIT_ARCH_X86_64) return;
  call = Call("getpid");
  call.number |= kX32Bit;
  EXPECT_EQ(VerdictOf(Base(), call), kRefuse);
}

TEST(Policy, EveryRuleSaysWhyAndEveryCallIsSpokenFor) {
  const Policy policy = Base();
  for (const std::vector<Rule>* rules : {&policy.rules(), &policy.dormant()}) {
    for (const Rule& rule : *rules) EXPECT_FALSE(rule.why.empty()) << rule.syscall;
  }
  for (const std::span<const Syscall> rows : SyscallTables()) {
    for (const Syscall& row : rows) {
      const auto names_it = [&row](const Rule& r) {
        return r.syscall == row.name && !r.source.starts_with("allowed");
      };
      const bool spoken_for = std::ranges::any_of(policy.rules(), names_it) ||
                              std::ranges::any_of(policy.dormant(), names_it) || SyscallNumber(row) < 0;
      EXPECT_TRUE(spoken_for) << row.name << " is in no policy file";
    }
  }
}

TEST(Policy, KnowsWhetherARunCanStartProcesses) {
  EXPECT_FALSE(AllowsProcesses(Base()));
  EXPECT_TRUE(AllowsProcesses(Policy::Make({.processes = true})));
  const bool has_fork = NativeArchitecture() == Architecture::kAmd64;  // elsewhere clone is all there is
  EXPECT_EQ(AllowsProcesses(Policy::Make({.allowed_syscalls = {"fork"}})), has_fork);
  EXPECT_TRUE(AllowsProcesses(Policy::Make({.allowed_syscalls = {"clone"}})));
  EXPECT_FALSE(AllowsProcesses(Policy::Make({.allowed_syscalls = {"execve", "setsid"}})));
}

}  // namespace
}  // namespace sandgate

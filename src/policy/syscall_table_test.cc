// SPDX-License-Identifier: Apache-2.0
// The table is complete for this architecture, and every row can be read.
#include "policy/syscall_table.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <set>

#include "policy/constants.h"

namespace sandgate {
namespace {

template <typename Visit>
void ForEachRow(Visit visit) {
  for (const std::span<const Syscall> rows : SyscallTables()) {
    for (const Syscall& row : rows) visit(row);
  }
}

TEST(SyscallTable, EveryRowCanBeRead) {
  std::set<std::string_view> names;
  ForEachRow([&names](const Syscall& row) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " stands twice";
    EXPECT_LE(Arguments(row).size(), 6U) << row.name;
    EXPECT_FALSE(row.does.empty()) << row.name;
    EXPECT_FALSE(row.does.ends_with('.')) << row.name << ": reads on in a sentence";
    EXPECT_FALSE(GroupName(row.group).empty()) << row.name;
  });
  EXPECT_GT(names.size(), 370U);
}

TEST(SyscallTable, ASockaddrIsFollowedByItsSize) {
  ForEachRow([](const Syscall& row) {
    const std::vector<Argument> arguments = Arguments(row);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].kind == ArgKind::kSockaddr) {
        EXPECT_LT(i + 1, arguments.size()) << row.name;
      }
    }
  });
}

TEST(SyscallTable, NoTwoCallsHaveOneNumber) {
  std::set<int> numbers;
  ForEachRow([&numbers](const Syscall& row) {
    if (const int number = SyscallNumber(row); number >= 0) {
      EXPECT_TRUE(numbers.insert(number).second) << row.name;
    }
  });
}

TEST(SyscallTable, CoversEveryNumberOfTheArchitecture) {
  constexpr int kFirstShared = 424;
  constexpr int kLast = 469;  // file_setattr, Linux 6.17
  for (int number = kFirstShared; number <= kLast; ++number) {
    EXPECT_NE(FindSyscall(number), nullptr) << number;
  }
  if (NativeArch() != AUDIT_ARCH_X86_64) return;
  for (int number = 0; number <= 335; ++number) EXPECT_NE(FindSyscall(number), nullptr) << number;
  EXPECT_EQ(FindSyscall(336), nullptr);
}

TEST(SyscallTable, NumbersAgreeWithTheHeaders) {
  EXPECT_EQ(FindSyscall(std::int64_t{SYS_openat})->name, "openat");
  EXPECT_EQ(FindSyscall(std::int64_t{SYS_clone3})->name, "clone3");
  EXPECT_EQ(FindSyscall(std::int64_t{SYS_exit_group})->name, "exit_group");
  EXPECT_EQ(SyscallNumber(*FindSyscall("io_uring_setup")), SYS_io_uring_setup);
  EXPECT_EQ(SyscallNumber(*FindSyscall("mseal")), 462);
}

int On(Architecture architecture, std::string_view name) {
  return SyscallNumber(*FindSyscall(name), architecture);
}

TEST(SyscallTable, KnowsTheNumbersOfBothArchitectures) {
  EXPECT_EQ(On(Architecture::kAmd64, "openat"), 257);
  EXPECT_EQ(On(Architecture::kAarch64, "openat"), 56);
  EXPECT_EQ(On(Architecture::kAmd64, "newfstatat"), 262);
  EXPECT_EQ(On(Architecture::kAarch64, "newfstatat"), 79);
  EXPECT_EQ(On(Architecture::kAmd64, "fork"), 57);
  EXPECT_EQ(On(Architecture::kAarch64, "fork"), -1);
  EXPECT_EQ(On(Architecture::kAarch64, "uretprobe"), -1);
  EXPECT_EQ(On(Architecture::kAarch64, "clone3"), 435);
  EXPECT_EQ(On(Architecture::kAarch64, "file_setattr"), 469);
  EXPECT_EQ(FindSyscall(220, Architecture::kAarch64)->name, "clone");
  EXPECT_EQ(FindSyscall(220, Architecture::kAmd64)->name, "semtimedop");
  EXPECT_EQ(FindSyscall(300, Architecture::kAarch64), nullptr);
}

TEST(SyscallTable, IsCompleteForAarch64) {
  constexpr int kLast = 293;  // rseq; 244 to 259 belong to other architectures
  for (int number = 0; number <= kLast; ++number) {
    if (number >= 244 && number <= 259) continue;
    EXPECT_NE(FindSyscall(number, Architecture::kAarch64), nullptr) << number;
  }
}

TEST(SyscallTable, ArchitecturesHaveNames) {
  for (const Architecture architecture : kArchitectures) {
    EXPECT_EQ(ArchitectureOf(ArchitectureName(architecture)), architecture);
  }
  EXPECT_EQ(ArchitectureOf("riscv64"), std::nullopt);
}

TEST(SyscallTable, UnknownCallsAreNotFound) {
  EXPECT_EQ(FindSyscall("no_such_call"), nullptr);
  EXPECT_EQ(FindSyscall(-1), nullptr);
  EXPECT_EQ(FindSyscall(100000), nullptr);
}

TEST(SyscallTable, IntsHaveThirtyTwoBits) {
  EXPECT_EQ(SignificantBits(ArgKind::kDomain), 0xffffffffU);
  EXPECT_EQ(SignificantBits(ArgKind::kSize), ~std::uint64_t{0});
}

TEST(Constants, ValuesAreReadAsWrittenInAPolicy) {
  EXPECT_EQ(ParseValue("AF_UNIX"), 1U);
  EXPECT_EQ(ParseValue("SOCK_STREAM | SOCK_CLOEXEC"), 02000001U);
  EXPECT_EQ(ParseValue("0x10"), 16U);
  EXPECT_EQ(ParseValue("0"), 0U);
  EXPECT_EQ(ParseValue("017"), 15U);
  EXPECT_EQ(ParseValue("AF_NONSENSE"), std::nullopt);
  EXPECT_EQ(ParseValue("AF_UNIX | nonsense"), std::nullopt);
  EXPECT_EQ(ParseValue(""), std::nullopt);
}

TEST(Constants, AreShownByName) {
  EXPECT_EQ(FormatConstant(ArgKind::kDomain, 2), "AF_INET");
  EXPECT_EQ(FormatConstant(ArgKind::kDomain, 999), "999");
  EXPECT_EQ(FormatConstant(ArgKind::kSocktype, 02000001), "SOCK_STREAM|SOCK_CLOEXEC");
  EXPECT_EQ(FormatConstant(ArgKind::kOpen, 0), "O_RDONLY");
  EXPECT_EQ(FormatConstant(ArgKind::kOpen, 0101), "O_WRONLY|O_CREAT");
  EXPECT_EQ(FormatConstant(ArgKind::kClone, 0x10000011), "SIGCHLD|CLONE_NEWUSER");
  EXPECT_EQ(FormatConstant(ArgKind::kProt, 0x1000001), "PROT_READ|0x1000000");
  EXPECT_EQ(FormatConstant(ArgKind::kProt, 0), "0");
}

TEST(Constants, BitsThatTheKernelIgnoresDoNotHideTheName) {
  EXPECT_EQ(FormatConstant(ArgKind::kDomain, 0xdead00000002), "AF_INET");
}

}  // namespace
}  // namespace sandgate

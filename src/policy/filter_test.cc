// SPDX-License-Identifier: Apache-2.0
// The exported BPF program and the in-process evaluator give the same verdict: for every number, for calls
// of other architectures, and for arguments that satisfy each rule, nearly satisfy it, or are random.
#include "policy/filter.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <ostream>
#include <random>

#include "policy/bpf_evaluator.h"
#include "policy/constants.h"
#include "policy/policy_test_support.h"

namespace sandgate {

// The name of a parameter in test reports.
static void PrintTo(const PolicyOptions& options, std::ostream* out) {
  *out << (options.network ? "network " : "") << (options.processes ? "processes " : "")
       << (options.signals_contained ? "" : "signals_open ") << options.allowed_syscalls.size() << " listed"
       << (options.allow_hazardous ? " hazardous" : "");
}

namespace {

constexpr std::uint64_t kBoundaries[] = {0,          1,          2,          0x7fffffff,         0x80000000,
                                         0xffffffff, 1ULL << 32, 3ULL << 32, 0x7fffffffffffffff, ~0ULL};

std::vector<std::string> NumbersUpTo(int last) {
  std::vector<std::string> numbers;
  for (int number = 0; number <= last; ++number) numbers.push_back(std::to_string(number));
  return numbers;
}

std::uint32_t Expected(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return SECCOMP_RET_ALLOW;
    case Verdict::kUnavailable:
      return SECCOMP_RET_ERRNO | ENOSYS;
    default:
      return SECCOMP_RET_USER_NOTIF;
  }
}

class FilterTest : public ::testing::TestWithParam<PolicyOptions> {
 protected:
  // Counts and shows only the first few, for there may be millions.
  void Check(const RefusedCall& call) {
    seccomp_data data{static_cast<int>(call.number), call.arch, 0, {}};
    std::ranges::copy(call.args, data.args);
    const std::uint32_t got = RunBpf(program_, data);
    const std::uint32_t expected = Expected(policy_.Evaluate(call, nullptr));
    ++checked_;
    if (got == expected || ++wrong_ > 5) return;
    ADD_FAILURE() << "call " << call.number << " arch " << call.arch << std::hex << " args " << call.args[0]
                  << " " << call.args[1] << " " << call.args[2] << ": BPF " << got << ", evaluator "
                  << expected;
  }

  RefusedCall Native(std::int64_t number) const {
    RefusedCall call;
    call.number = number;
    call.arch = NativeArch();
    return call;
  }

  // One of the constants that the argument may have, a boundary, or anything.
  std::uint64_t Sample(std::span<const Constant> constants) {
    const std::uint64_t random = random_();
    switch (random % 4) {
      case 0:
        return random_();
      case 1:
        return kBoundaries[random_() % std::size(kBoundaries)];
      default:
        if (constants.empty()) return random_() % 16;
        return constants[random_() % constants.size()].value | (random % 16 < 4 ? random_() << 32 : 0);
    }
  }

  Policy policy_ = Policy::Make(GetParam());
  std::string program_ = ExportFilter(policy_);
  std::mt19937_64 random_{20240607};
  std::uint64_t checked_ = 0;
  std::uint64_t wrong_ = 0;
};

TEST_P(FilterTest, EveryNumberOfEveryArchitecture) {
  for (std::int64_t number = -1; number <= 600; ++number) {
    RefusedCall call = Native(number);
    Check(call);
    call.number |= number < 0 ? 0 : kX32Bit;
    Check(call);
    call.number = number;
    for (const std::uint32_t arch :
         std::initializer_list<std::uint32_t>{AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0x40000000, 0}) {
      call.arch = arch;
      Check(call);
    }
  }
}

TEST_P(FilterTest, SampledArguments) {
  constexpr int kSamples = 300;
  for (std::int64_t number = 0; number <= 600; ++number) {
    const Syscall* syscall = FindSyscall(number);
    const std::vector<Argument> arguments =
        syscall != nullptr ? Arguments(*syscall) : std::vector<Argument>();
    RefusedCall call = Native(number);
    for (int i = 0; i < kSamples; ++i) {
      for (std::size_t a = 0; a < call.args.size(); ++a) {
        call.args[a] =
            Sample(a < arguments.size() ? ConstantsOf(arguments[a].kind) : std::span<const Constant>());
      }
      Check(call);
    }
  }
}

TEST_P(FilterTest, EveryConstantAloneInEveryArgument) {
  for (std::int64_t number = 0; number <= 500; ++number) {
    const Syscall* syscall = FindSyscall(number);
    if (syscall == nullptr) continue;
    const std::vector<Argument> arguments = Arguments(*syscall);
    for (std::size_t a = 0; a < arguments.size(); ++a) {
      RefusedCall call = Native(number);
      for (const Constant& constant : ConstantsOf(arguments[a].kind)) {
        call.args[a] = constant.value;
        Check(call);
      }
    }
  }
}

// Arguments that satisfy a rule, then with each single bit turned over.
TEST_P(FilterTest, EdgesOfEveryRule) {
  for (const std::vector<Rule>* rules : {&policy_.rules(), &policy_.dormant()}) {
    for (const Rule& rule : *rules) {
      if (rule.when.empty()) continue;
      RefusedCall call = Native(rule.number);
      for (std::uint64_t& arg : call.args) arg = random_();
      for (const Condition& condition : rule.when) {
        std::uint64_t& arg = call.args[condition.argument];
        arg = (arg & ~condition.mask) | condition.value;
      }
      Check(call);
      for (const Condition& condition : rule.when) {
        for (int bit = 0; bit < 64; ++bit) {
          RefusedCall other = call;
          other.args[condition.argument] ^= std::uint64_t{1} << bit;
          Check(other);
        }
      }
    }
  }
  EXPECT_GT(checked_, 10000U);
}

TEST_P(FilterTest, ForeignCallsAreNeverAllowed) {
  for (std::int64_t number = 0; number <= 600; ++number) {
    for (const std::uint32_t arch : std::initializer_list<std::uint32_t>{AUDIT_ARCH_I386, AUDIT_ARCH_ARM}) {
      const seccomp_data data{static_cast<int>(number), arch, 0, {}};
      EXPECT_EQ(RunBpf(program_, data), SECCOMP_RET_USER_NOTIF) << number;
    }
    if (NativeArch() != AUDIT_ARCH_X86_64) continue;
    const seccomp_data x32{static_cast<int>(number | kX32Bit), AUDIT_ARCH_X86_64, 0, {}};
    EXPECT_EQ(RunBpf(program_, x32), SECCOMP_RET_USER_NOTIF) << number;
  }
}

TEST_P(FilterTest, FitsIntoTheKernelsLimit) {
  constexpr std::size_t kMaxInstructions = 4096;
  constexpr std::size_t kBytesEach = 8;
  EXPECT_EQ(program_.size() % kBytesEach, 0U);
  EXPECT_LE(program_.size() / kBytesEach, kMaxInstructions);
}

INSTANTIATE_TEST_SUITE_P(
    Options, FilterTest,
    ::testing::Values(PolicyOptions{}, PolicyOptions{.network = true}, PolicyOptions{.processes = true},
                      PolicyOptions{.network = true, .processes = true},
                      PolicyOptions{.signals_contained = false},
                      PolicyOptions{.allowed_syscalls = NumbersUpTo(335)},
                      PolicyOptions{.signals_contained = false, .allowed_syscalls = NumbersUpTo(456)},
                      PolicyOptions{.network = true,
                                    .processes = true,
                                    .allowed_syscalls = NumbersUpTo(456),
                                    .allow_hazardous = true}));

}  // namespace
}  // namespace sandgate

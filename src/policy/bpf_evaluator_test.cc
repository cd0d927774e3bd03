// SPDX-License-Identifier: Apache-2.0
// The evaluator is what the filter's tests stand on, so its own verdicts are checked by hand.
#include "policy/bpf_evaluator.h"

#include <gtest/gtest.h>
#include <linux/filter.h>

#include <cstddef>
#include <vector>

#include "base/error.h"

namespace sandgate {
namespace {

std::uint32_t RunOps(const std::vector<sock_filter>& ops, const seccomp_data& data = {}) {
  return RunBpf({reinterpret_cast<const char*>(ops.data()), ops.size() * sizeof(sock_filter)}, data);
}

TEST(BpfEvaluator, JumpsOnTheNumber) {
  const std::vector<sock_filter> ops = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 1),
                                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
  EXPECT_EQ(RunOps(ops, {5, 0, 0, {}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(RunOps(ops, {6, 0, 0, {}}), SECCOMP_RET_KILL_PROCESS);
}

TEST(BpfEvaluator, MasksTheUpperHalfOfAnArgument) {
  const std::vector<sock_filter> ops = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 4),
                                        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
                                        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x30, 0, 1),
                                        BPF_STMT(BPF_RET | BPF_K, 1), BPF_STMT(BPF_RET | BPF_K, 2)};
  EXPECT_EQ(RunOps(ops, {0, 0, 0, {0x3fULL << 32}}), 1U);
  EXPECT_EQ(RunOps(ops, {0, 0, 0, {0x0fULL << 32}}), 2U);
  EXPECT_EQ(RunOps(ops, {0, 0, 0, {0x3f}}), 2U);
}

TEST(BpfEvaluator, ComparesUnsigned) {
  const std::vector<sock_filter> ops = {
      BPF_STMT(BPF_LD | BPF_IMM, 0x80000000), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0x7fffffff, 0, 1),
      BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), BPF_STMT(BPF_RET | BPF_K, 1), BPF_STMT(BPF_RET | BPF_K, 2)};
  EXPECT_EQ(RunOps(ops), 2U);
}

TEST(BpfEvaluator, RefusesWhatTheKernelWouldNotLoad) {
  EXPECT_THROW(RunOps({}), Error);
  EXPECT_THROW(
      RunOps({BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(seccomp_data)), BPF_STMT(BPF_RET | BPF_K, 0)}),
      Error);
  EXPECT_THROW(RunOps({BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 0)}), Error);
  EXPECT_THROW(RunOps({BPF_JUMP(BPF_JMP | BPF_JA, 7, 0, 0), BPF_STMT(BPF_RET | BPF_K, 0)}), Error);
  EXPECT_THROW(RunOps({BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_RET | BPF_K, 0)}), Error);
}

}  // namespace
}  // namespace sandgate

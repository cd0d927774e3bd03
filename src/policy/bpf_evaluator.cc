// SPDX-License-Identifier: Apache-2.0
// The subset of classic BPF that seccomp(2) accepts and filter compilers emit: loads from the data, a
// scratch memory, arithmetic with constants, jumps, return of a constant.
#include "policy/bpf_evaluator.h"

#include <fmt/format.h>
#include <linux/filter.h>

#include <array>
#include <cstring>
#include <span>

#include "base/error.h"

namespace sandgate {

namespace {

struct Machine {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  std::array<std::uint32_t, BPF_MEMWORDS> memory{};
};

std::uint32_t Load(const seccomp_data& data, std::uint32_t offset) {
  std::uint32_t word = 0;
  if (offset % sizeof word != 0 || offset > sizeof data - sizeof word) {
    throw Error(fmt::format("BPF: load at offset {}", offset));
  }
  std::memcpy(&word, reinterpret_cast<const char*>(&data) + offset, sizeof word);
  return word;
}

bool Holds(const sock_filter& op, std::uint32_t a, std::uint32_t operand) {
  switch (BPF_OP(op.code)) {
    case BPF_JEQ:
      return a == operand;
    case BPF_JGT:
      return a > operand;
    case BPF_JGE:
      return a >= operand;
    case BPF_JSET:
      return (a & operand) != 0;
    default:
      throw Error(fmt::format("BPF: jump {:#x}", op.code));
  }
}

std::uint32_t Compute(const sock_filter& op, std::uint32_t a, std::uint32_t operand) {
  switch (BPF_OP(op.code)) {
    case BPF_AND:
      return a & operand;
    case BPF_OR:
      return a | operand;
    case BPF_ADD:
      return a + operand;
    case BPF_SUB:
      return a - operand;
    default:
      throw Error(fmt::format("BPF: arithmetic {:#x}", op.code));
  }
}

// Everything but jumps and returns.
void Step(const sock_filter& op, const seccomp_data& data, Machine& m) {
  const std::uint32_t operand = BPF_SRC(op.code) == BPF_X ? m.x : op.k;
  if (op.code == (BPF_LD | BPF_W | BPF_ABS)) {
    m.a = Load(data, op.k);
  } else if (op.code == (BPF_LD | BPF_IMM)) {
    m.a = op.k;
  } else if (op.code == (BPF_LD | BPF_MEM)) {
    m.a = m.memory.at(op.k);
  } else if (op.code == (BPF_LDX | BPF_MEM)) {
    m.x = m.memory.at(op.k);
  } else if (op.code == BPF_ST) {
    m.memory.at(op.k) = m.a;
  } else if (op.code == (BPF_MISC | BPF_TAX)) {
    m.x = m.a;
  } else if (BPF_CLASS(op.code) == BPF_ALU) {
    m.a = Compute(op, m.a, operand);
  } else {
    throw Error(fmt::format("BPF: instruction {:#x}", op.code));
  }
}

}  // namespace

std::uint32_t RunBpf(std::string_view program, const seccomp_data& data) {
  const std::span<const sock_filter> ops(reinterpret_cast<const sock_filter*>(program.data()),
                                         program.size() / sizeof(sock_filter));
  Machine m;
  for (std::size_t at = 0; at < ops.size(); ++at) {
    const sock_filter& op = ops[at];
    if (op.code == (BPF_RET | BPF_K)) return op.k;
    if (op.code == (BPF_JMP | BPF_JA)) {
      at += op.k;
    } else if (BPF_CLASS(op.code) == BPF_JMP) {
      const std::uint32_t operand = BPF_SRC(op.code) == BPF_X ? m.x : op.k;
      at += Holds(op, m.a, operand) ? op.jt : op.jf;
    } else {
      Step(op, data, m);
    }
  }
  throw Error("BPF: the program ends without a return");
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// How tests write a system call: Call("socket", AF_INET, SOCK_STREAM, 0). For the *_test.cc of this folder.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "base/error.h"
#include "policy/policy.h"
#include "policy/syscall_table.h"

namespace sandgate {

inline RefusedCall Call(std::string_view name, std::initializer_list<std::uint64_t> args = {}) {
  const Syscall* syscall = FindSyscall(name);
  if (syscall == nullptr) throw Error("no system call " + std::string(name));
  RefusedCall call;
  call.number = SyscallNumber(*syscall);
  call.arch = NativeArch();
  std::ranges::copy(args, call.args.begin());
  return call;
}

inline Verdict VerdictOf(const Policy& policy, const RefusedCall& call) {
  return policy.Evaluate(call, nullptr);
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// A refused system call in words: what was tried, which rule refused it, why, and what allows it.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sandgate {

class Policy;  // policy.h

// What the kernel said of one refused call. `arch` is an AUDIT_ARCH_* value (seccomp(2)).
struct RefusedCall {
  std::int64_t number = 0;
  std::uint32_t arch = 0;
  std::array<std::uint64_t, 6> args{};
};

// Refused calls of one run that are alike, ready for the reply.
struct Denial {
  std::string syscall;  // "socket", or "syscall 999" where the number has no name
  std::int64_t number = 0;
  std::string args;  // decoded: `AF_VSOCK, SOCK_STREAM, 0` or `"/bin/sh", …`
  std::uint64_t count = 0;
  std::string rule;   // the policy rule that decided, e.g. "hazards: ptrace" or "default: not listed"
  std::string why;    // one sentence
  std::string fix;    // the line that allows it, or "cannot be allowed: …"
  std::string tried;  // what was tried, in words: `start another program ("/bin/sh")`
};

// Reads at most `size` bytes at `address` of the process that made the call. The bytes can be changed
// by that process at any time: they inform, nothing is decided from them.
using MemoryReader = std::function<std::optional<std::string>(std::uint64_t address, std::size_t size)>;

// Explains `call`, which `policy` refused; `count` is set to 1.
Denial Explain(const Policy& policy, const RefusedCall& call, const MemoryReader& read);

// The sentence for a workflow author that follows `error: operation not permitted`.
std::string DenialSentence(const Denial& denial);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The kernel's named constants (AF_UNIX, CLONE_THREAD, TIOCGWINSZ, ...): values for the conditions in
// policies/*.yaml, and names for the arguments of a refused call. Server process and tests.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/syscall_table.h"

namespace sandgate {

struct Constant {
  std::string_view name;
  std::uint64_t value = 0;
};

// The names for an argument of this kind; empty where it has none.
std::span<const Constant> ConstantsOf(ArgKind kind);

// A value as written in a policy: a constant, a number (decimal, 0x..., 0...), or several of them
// joined by `|`. Nothing when a part is neither.
std::optional<std::uint64_t> ParseValue(std::string_view text);

// `value` in the kernel's words: a name, or names joined by `|` with the unnamed rest in hexadecimal.
// A plain number where the kind has no names.
std::string FormatConstant(ArgKind kind, std::uint64_t value);

}  // namespace sandgate

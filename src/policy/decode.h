// SPDX-License-Identifier: Apache-2.0
// The arguments of a refused call as text. Paths, program arguments and socket addresses are read from the
// program's memory, within bounds; the program can change them at any time, so they only inform. Pointers
// are left out of the text, so that calls that are alike read alike. Server process; touches nothing shared.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "policy/explain.h"

namespace sandgate {

// Reads at most `size` bytes at `address` of the process that made the call. The bytes can be changed
// by that process at any time: they inform, nothing is decided from them.
using MemoryReader = std::function<std::optional<std::string>(std::uint64_t address, std::size_t size)>;

// Empty for a call of another architecture, or without a name.
DecodedCall DecodeArguments(const RefusedCall& call, const MemoryReader& read);

// `text` in double quotes: quotes, backslashes, control characters and bytes that are not UTF-8 escaped.
std::string Quote(std::string_view text);

}  // namespace sandgate

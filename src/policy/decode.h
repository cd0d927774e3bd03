// SPDX-License-Identifier: Apache-2.0
// The arguments of a refused call as text. Paths, program arguments and socket addresses are read from the
// program's memory, within bounds; the program can change them at any time, so they only inform. Pointers
// are left out of the text, so that calls that are alike read alike. For explain.cc; server process.
#pragma once
#include <string>
#include <string_view>

#include "policy/explain.h"
#include "policy/syscall_table.h"

namespace sandgate {

struct DecodedCall {
  std::string args;    // `AT_FDCWD, "/etc/passwd", O_RDONLY`; "…" for what is not shown or not readable
  std::string object;  // what the call is about, in words: the program, file or address; may be empty
};

DecodedCall DecodeArguments(const Syscall& syscall, const RefusedCall& call, const MemoryReader& read);

// `text` in double quotes: quotes, backslashes, control characters and bytes that are not UTF-8 escaped.
std::string Quote(std::string_view text);

}  // namespace sandgate

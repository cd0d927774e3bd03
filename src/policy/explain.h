// SPDX-License-Identifier: Apache-2.0
// A refused system call in words: what was tried, which rule refused it, why, and what allows it.
//
// The words are for people, in their language. For machines there are `layer`, `object`, `fix` (where it
// can be allowed) and `fix_in`.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "i18n/message.h"

namespace sandgate {

class Policy;  // policy.h

// What the kernel said of one refused call. `arch` is an AUDIT_ARCH_* value (seccomp(2)).
struct RefusedCall {
  std::int64_t number = 0;
  std::uint32_t arch = 0;
  std::array<std::uint64_t, 6> args{};
};

// Where the text of a fix goes.
namespace fix_in {
inline constexpr std::string_view kNowhere;  // it cannot be allowed
inline constexpr std::string_view kConfig = "conf/config.yaml";
inline constexpr std::string_view kRequest = "request";
inline constexpr std::string_view kBoth = "conf/config.yaml and request";
inline constexpr std::string_view kServer = "server";  // nothing is to be written: `fix` says what happens
// A file of packages: "dependencies/FILE" below the folder of dependencies, else the setting that names it.
inline bool IsPackages(std::string_view place) {
  return place.starts_with("dependencies") || place.starts_with("environments.");
}
}  // namespace fix_in

// Something that a run was refused, ready for the reply: system calls that are alike, or (run/diagnose.h) a
// file, a limit, a module or the like.
struct Denial {
  std::string layer = "seccomp";  // what refused: "seccomp", "landlock", "root", "rlimit", "module", ...
  std::string syscall;            // "socket", "syscall 999" where the number has no name; empty: no call
  std::int64_t number = -1;
  std::string args;         // decoded: `AF_VSOCK, SOCK_STREAM, 0` or `"/bin/sh", …`
  std::string object;       // what it was about: a path, a setting, a module; may be empty
  std::uint64_t count = 1;  // how often
  std::string rule;         // what decided, e.g. "hazards: ptrace" or "default: not listed"
  std::string why;          // one sentence
  std::string fix;          // complete line for `fix_in`, or "cannot be allowed: …"
  std::string fix_in{fix_in::kNowhere};
  int line = 0;          // of the program, where the interpreter told it
  std::string tried;     // what was tried, in words: `start another program ("/bin/sh")`
  std::string headline;  // the line "error: ..." that introduces it; empty: "operation not permitted"
};

// The arguments of a call in words (decode.h).
struct DecodedCall {
  std::string args;    // `AT_FDCWD, "/etc/passwd", O_RDONLY`; "…" for what is not shown or not readable
  std::string object;  // what the call is about, in words: the program, file or address; may be empty
};

// Explains `call`, which `policy` refused.
Denial Explain(const Policy& policy, const RefusedCall& call, const DecodedCall& decoded,
               Locale locale = Locale::kEnglish);

// The sentence for a workflow author that follows the line "error: ...".
std::string DenialSentence(const Denial& denial, Locale locale = Locale::kEnglish);

// Makes `denial` one that cannot be allowed.
void CannotBeAllowed(Denial& denial, std::string_view reason, Locale locale);

// "the reason" -> "The reason."
std::string Sentence(std::string text, Locale locale);

}  // namespace sandgate

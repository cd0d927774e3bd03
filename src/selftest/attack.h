// SPDX-License-Identifier: Apache-2.0
// The attacks of attacks/, which are a part of this program: one file each, a header of comment lines that
// says what is claimed and expected, then a program in Python or JavaScript. CONTRIBUTING.md tells how to
// write one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/interpreter.h"

namespace sandgate::selftest {

// A mode in which the attack is known to get through: "open in: MODE [with|without LAYER]: WHY".
struct OpenIn {
  std::string mode;  // "full", "container", "rootless", "any"
  std::string with;  // only where this layer is in force; empty: in any case
  std::string without;
  std::string why;

  bool Matches(std::string_view mode_here, const std::vector<std::string>& layers) const;
};

// How the control outside of the jail is run.
enum class Outside { kAsRoot, kAsNobody, kNever };

struct Attack {
  std::string name;    // "files/read_by_path.py": its path below attacks/
  std::string family;  // "files"
  Language language = Language::kPython;
  std::string claim;
  std::string expected;             // as written
  std::vector<std::string> limits;  // of "limit NAME, ...": the run may end by one of these
  std::string origin;
  bool network = false;
  std::vector<OpenIn> open_in;
  Outside outside = Outside::kAsRoot;
  std::string never;  // why there is no control
  std::string_view text;
};

// Reads the header. `text` must outlive the attack. Throws Error naming file and mistake.
Attack ParseAttack(std::string_view name, std::string_view text);

// All that are compiled in, by name. Throws what ParseAttack throws.
std::vector<Attack> AllAttacks();

// Whether a pattern of the command line means the attack: "*" and "?" as in file names, or a part of the
// name.
bool IsMeant(const Attack& attack, const std::string& pattern);

// The program as it is run: one line that makes the global STAGE of `stage` (JSON), then the attack's file.
std::string ProgramOf(const Attack& attack, std::string_view stage);

}  // namespace sandgate::selftest

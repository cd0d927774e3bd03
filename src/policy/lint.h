// SPDX-License-Identifier: Apache-2.0
// Reads a configuration as its author wrote it, line by line, and says in plain words what is wrong with it,
// what it gives away and what it does not need. Configurations of dify-sandbox are read alike: their lists of
// allowed_syscalls are what most of this is about. A pure function; the command line prints its report.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "i18n/message.h"
#include "policy/profile.h"
#include "policy/syscall_table.h"

namespace sandgate {

enum class Severity {
  kNote,     // good to know
  kWarning,  // works, but not as it reads
  kError,    // the server would refuse to start, or anybody could break out
};

// "note", "warning", "error".
std::string_view SeverityName(Severity severity);

struct Finding {
  Severity severity = Severity::kNote;
  std::string rule;                   // which check found it: "hazard", "wrong-comment", ...
  std::string source;                 // the file's path, or "environment NAME"
  int line = 0;                       // from 1; 0: no line of its own
  int last_line = 0;                  // where a finding is about several lines, else equal to `line`
  std::vector<std::string> syscalls;  // the calls that it is about
  std::string text;                   // in the reader's language

  std::string Place() const;  // "conf/config.yaml:7", "conf/config.yaml:7-9", "environment MAX_WORKERS"
};

struct LintInput {
  std::string path;  // for places only
  std::string text;
  Environment environment;                           // variables to check as well; may be empty
  Architecture architecture = NativeArchitecture();  // that the numbers are meant for
  std::optional<Locale> locale;                      // empty: the language that the configuration asks for
  std::function<bool(const std::string&)> exists = nullptr;  // tells of paths; empty: paths are not checked
  // ReadProfile; empty: the profile is not checked.
  std::function<std::optional<Profile>(const std::string& folder, const std::string& name)> profile = nullptr;
};

struct LintReport {
  Locale locale = Locale::kEnglish;
  std::vector<Finding> findings;  // those without a line first, then by line
  std::string minimal;            // the same configuration with only what differs from the defaults
};

LintReport Lint(const LintInput& input);

// 0: at most notes; 1: warnings; 2: errors.
int LintStatus(const LintReport& report);

}  // namespace sandgate

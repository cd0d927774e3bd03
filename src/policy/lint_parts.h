// SPDX-License-Identifier: Apache-2.0
// The parts that Lint (lint.h) puts together. For lint*.cc only.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/yaml_file.h"
#include "policy/lint.h"

namespace sandgate::lint {

// Where a finding belongs.
struct Place {
  std::string source;
  int line = 0;
  int last_line = 0;
};

// Collects findings and knows the reader's language.
class Reporter {
 public:
  explicit Reporter(Locale locale) : locale_(locale) {}

  Locale locale() const { return locale_; }
  void Add(Severity severity, const char* rule, const Place& place, std::string text) {
    AddCalls(severity, rule, place, {std::move(text), {}});
  }
  struct Words {
    std::string text;
    std::vector<std::string> syscalls;
  };
  void AddCalls(Severity severity, const char* rule, const Place& place, Words words);
  std::vector<Finding> Take();

 private:
  Locale locale_;
  std::vector<Finding> findings_;
};

// What the configuration comes to, as far as it is right.
struct Checked {
  Config config;
  std::vector<bool> given;  // one for each of Options(): a good value that is in force was given
  // The list of allowed_syscalls in force, and where it stands.
  RawValue list;
  Place list_place;
};

// Keys and values of the file, then of the environment; allowed_syscalls is only taken out.
Checked CheckSettings(const LintInput& input, const std::vector<Setting>& settings, Reporter& reporter);

// The list of allowed_syscalls, with its comments. Returns the names that are worth keeping.
std::vector<std::string> CheckList(const LintInput& input, const Checked& checked, Reporter& reporter);

// YAML of what differs from the defaults; `syscalls` are those worth keeping.
std::string MinimalConfig(const Checked& checked, const std::vector<std::string>& syscalls, Locale locale);

}  // namespace sandgate::lint

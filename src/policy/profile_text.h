// SPDX-License-Identifier: Apache-2.0
// Rules for people and for files: names instead of numbers, alike rules in one entry. What is written here
// is read back by rule_file.cc as the same rules. Server (api/ makes its JSON of it) and command line.
#pragma once
#include <string>
#include <vector>

#include "i18n/message.h"
#include "policy/profile.h"
#include "policy/trace.h"

namespace sandgate {

// A condition in the words of a policy file.
struct ConditionText {
  std::string argument;             // its name: "request"
  std::string bits_key;             // "mask", "ignore", or "": all bits count
  std::string bits;                 // of that key
  std::vector<std::string> values;  // of which one must hold
};

// One entry of `rules`.
struct RuleText {
  std::vector<std::string> calls;
  std::vector<std::vector<ConditionText>> when;  // sets of which one must hold; empty: any arguments
  std::string why;
};

// Alike rules together, in the order of the first; `rules` must be in the order of MergeRules().
std::vector<RuleText> RuleTexts(const std::vector<Rule>& rules);

// The YAML of one entry, indented by two.
std::string EntryYaml(const RuleText& entry);

// The whole file of a profile.
std::string ProfileText(const Profile& profile);

// What a trace found, to be pasted: lines for the configuration, then entries for a profile. `rules` holds
// only what the lines do not give. Named in it are the places where that goes.
std::string AdditionsText(const Additions& additions, Locale locale,
                          std::string_view config_file = "conf/config.yaml",
                          std::string_view profiles_folder = "conf/profiles");

// One line: "ioctl request=TCSETS", "mlockall".
std::string RuleLine(const Rule& rule);

}  // namespace sandgate

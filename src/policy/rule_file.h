// SPDX-License-Identifier: Apache-2.0
// Reads policies/*.yaml (the forms are explained in policies/base.yaml) into rules. For policy.cc; a
// mistake in a policy is an Error that names the file and the rule, found by the tests and at start.
// profile.cc reads the operator's files with the same code.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace sandgate {

struct RuleBook {
  // Of all calls, in no particular order, whatever their needs; the number is -1 where this architecture
  // does not have the call.
  std::vector<Rule> rules;
  // Calls for which a `listed` form says what an entry in allowed_syscalls adds.
  std::set<std::string, std::less<>> listed;
};

// Appends the rules of one file of ours; the tests see to it that each is one document. Throws Error.
void ReadRules(std::string_view yaml, RuleBook& book);

// The rules of a profile (profile.h), which has the form `allow` only; also of calls that this architecture
// has not, with number -1. `title` names the file in an Error.
std::vector<Rule> ReadProfileRules(std::string_view yaml, const std::string& name, const std::string& title);

// The four embedded files, completed: where no `listed` form exists, an entry in allowed_syscalls allows
// the call with any arguments; with allow_hazardous also what a hazard rule refuses. Throws Error.
RuleBook ReadEmbeddedRules();

}  // namespace sandgate

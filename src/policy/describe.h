// SPDX-License-Identifier: Apache-2.0
// What a policy says of a system call, in words: the reference that `sandgate syscalls` prints and that
// GET /v1/sandbox/policy answers. Where explain.h tells of one call that was made with its arguments, this
// tells of all calls with any. Server and command line.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "i18n/message.h"
#include "policy/policy.h"
#include "policy/syscall_table.h"

namespace sandgate {

enum class Standing {
  kAllowed,      // with any arguments
  kConditional,  // with some arguments
  kUnavailable,  // answered ENOSYS
  kRefused,
  kAbsent,  // this machine's architecture does not have the call
};

// "allowed", "conditional", "unavailable", "refused", "absent".
std::string_view StandingName(Standing standing);

// Rules of one call that differ in their conditions only.
struct CallRule {
  std::string verdict;  // "allow", "unavailable", "refuse" or "hazard", as in policies/*.yaml
  std::string source;   // as in Rule
  std::string when;     // "domain = AF_UNIX, type = SOCK_STREAM"; empty: any arguments
  std::string why;
};

// Texts are in the locale asked for, except names, conditions and lines of the configuration.
struct CallDescription {
  const Syscall* call = nullptr;
  std::string does;  // one sentence
  Standing standing = Standing::kRefused;
  std::string why;
  std::string hazard;   // what it would give an attacker; empty: the policy does not call it hazardous
  std::string setting;  // what in the configuration allows it, or more of it; empty: nothing does
  std::vector<CallRule> rules;  // in force
};

CallDescription Describe(const Policy& policy, const Syscall& call, Locale locale);

// Of every call of the table, by name.
std::vector<CallDescription> DescribeAll(const Policy& policy, Locale locale);

// The configuration that gives what `needs` (bits of namespace needs) names: "allow_processes: true".
// Empty where no setting gives it.
std::string SettingFor(unsigned needs, std::string_view call);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// What a profile may add: calls that some other setting could allow as well, and nothing beyond. So the
// limits that the policy sets to allowed_syscalls hold for profiles too: no hazardous call, no network, no
// flags that lie in memory. For policy.cc.
#pragma once
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/rule_file.h"

namespace sandgate {

struct CheckedProfile {
  std::vector<Rule> rules;            // of calls that this architecture has
  std::vector<std::string> warnings;  // one sentence each
};

// Throws Error for a rule of options.profile that goes too far.
CheckedProfile CheckProfile(const PolicyOptions& options, const RuleBook& book);

// True when `wide` holds for every call that `narrow` holds for; false when that is not plain to see.
bool Covers(const Rule& wide, const Rule& narrow);
// True when there is a call that both rules hold for.
bool Overlap(const Rule& one, const Rule& other);

}  // namespace sandgate

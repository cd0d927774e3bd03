// SPDX-License-Identifier: Apache-2.0
#include "policy/permit.h"

#include "policy/syscall_table.h"

namespace sandgate {

const Rule* CheapestPermit(const Policy& policy, const RefusedCall& call, unsigned withheld) {
  // Numbers of another architecture mean other calls.
  if (call.arch != NativeArch() || IsX32(call)) return nullptr;
  const Rule* best = nullptr;
  for (const Rule& rule : policy.dormant()) {
    if (rule.number != call.number || rule.verdict != Verdict::kAllow || !Matches(rule, call.args)) continue;
    if ((rule.needs & withheld) != 0) continue;
    if (best == nullptr || rule.needs < best->needs) best = &rule;
  }
  return best;
}

}  // namespace sandgate

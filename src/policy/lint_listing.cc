// SPDX-License-Identifier: Apache-2.0
// Looks at all rules of a call, in force or not, by name: this machine may not have the call at all.
#include "policy/lint_listing.h"

namespace sandgate::lint {

namespace {

constexpr const char* kSafeAlready =
    "what is safe of it is allowed by default, and an entry does not allow the rest";

bool IsPermit(const Rule& rule, unsigned given) {
  return rule.verdict == Verdict::kAllow && (rule.needs & ~given) == 0;
}

}  // namespace

Listing::Listing(const Config& config) : book_(ReadEmbeddedRules()), given_(needs::kIsolation) {
  if (config.enable_network) given_ |= needs::kNetwork;
  if (config.allow_processes) given_ |= needs::kProcesses;
  if (config.allow_hazardous_syscalls) given_ |= needs::kHazardous;
}

Effect Listing::EffectOf(const Syscall& call) const {
  Effect effect{Effect::Kind::kNothing, kSafeAlready};
  bool adds = false;
  bool partly = false;
  std::string refused;
  std::string off;
  for (const Rule& rule : book_.rules) {
    if (rule.syscall != call.name) continue;
    if (rule.hazard && rule.when.empty()) return {Effect::Kind::kHazard, rule.why};
    if (IsPermit(rule, given_) && rule.when.empty()) return {Effect::Kind::kRedundant, rule.why};
    if (IsPermit(rule, given_)) {
      partly = true;
    } else if (IsPermit(rule, given_ | needs::kListed)) {
      adds = true;
      // Only a hazard rule that the operator has released gives a permit with this bit.
      if ((rule.needs & needs::kHazardous) != 0) return {Effect::Kind::kHazard, rule.why};
    } else if (rule.verdict == Verdict::kAllow && !rule.off.empty()) {
      off = rule.off;
    }
    if (rule.verdict == Verdict::kUnavailable) effect.why = rule.why;
    if (rule.verdict == Verdict::kRefuse && !rule.hazard) refused = rule.why;
  }
  if (!adds) return effect;
  if (!off.empty()) refused = off;
  if (refused.empty()) refused = "no rule of the policy allows it";
  return {partly ? Effect::Kind::kAddsMore : Effect::Kind::kAdds, refused};
}

}  // namespace sandgate::lint

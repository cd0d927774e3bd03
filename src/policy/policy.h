// SPDX-License-Identifier: Apache-2.0
// The system-call policy of a run: rules read from policies/*.yaml plus the operator's allowed_syscalls.
//
// One list of rules feeds the exported filter (filter.h), the in-process evaluator (Evaluate below) and
// the explanation of a refusal (explain.h). Default: a call that no rule allows is refused with EPERM
// and reported; a call that the policy does not know (newer than the table of system calls) with ENOSYS.
#pragma once
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/explain.h"

namespace sandgate {

enum class Verdict {
  kAllow,
  kUnavailable,  // ENOSYS or EOPNOTSUPP, given by the kernel, not reported: libc falls back
  kRefuse,       // goes to the supervisor, which reports it and answers EPERM
  kUnknown,      // like kRefuse, answered ENOSYS: the policy does not know the call
};

// One comparison: (argument & mask) == value.
struct Condition {
  unsigned argument = 0;
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t value = 0;

  bool operator==(const Condition&) const = default;
};

// What a rule depends on, as bits: from what an operator gives away lightly to what cannot be had.
namespace needs {
inline constexpr unsigned kNothing = 0;
inline constexpr unsigned kNetwork = 1;            // PolicyOptions::network
inline constexpr unsigned kProcesses = 2;          // PolicyOptions::processes
inline constexpr unsigned kListed = 4;             // the call is named in PolicyOptions::allowed_syscalls
inline constexpr unsigned kHazardous = 8;          // PolicyOptions::allow_hazardous
inline constexpr unsigned kContainedSignals = 16;  // PolicyOptions::signals_contained
inline constexpr unsigned kNamespaces = 32;        // PolicyOptions::namespaces
inline constexpr unsigned kIsolation = kContainedSignals | kNamespaces;  // what no setting gives
}  // namespace needs

struct Rule {
  std::string syscall;
  int number = -1;                     // on the native architecture
  Verdict verdict = Verdict::kRefuse;  // kAllow, kUnavailable, or kRefuse, which only carries a reason
  int answer = ENOSYS;                 // of kUnavailable
  bool hazard = false;                 // of a kRefuse rule: allowed_syscalls alone does not undo it
  std::vector<Condition> when;         // all must hold; at most one per argument
  std::string why;
  std::string source;                // "base", "network", ..., "allowed_syscalls", "profile NAME"
  unsigned needs = needs::kNothing;  // bits of namespace needs
  std::string off;                   // why the option that it needs is off; empty where it needs none
  std::string tried;                 // better words for what was tried than the call's own, or empty
};

// True when all conditions of the rule hold for these arguments.
bool Matches(const Rule& rule, const std::array<std::uint64_t, 6>& args);

// Ids from `first` to `last`.
struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t last = UINT32_MAX;
  bool Contains(std::uint32_t id) const { return id >= first && id <= last; }
};

// What the operator chose and what the isolation permits.
struct PolicyOptions {
  bool network = false;
  bool processes = false;
  // True when a signal cannot leave the run (pid namespace, a uid of its own, or Landlock's scope).
  bool signals_contained = true;
  // True when the numbers of processes that a run can name are its own, and its files are in memory.
  bool namespaces = true;
  std::vector<std::string> allowed_syscalls;  // names or numbers
  bool allow_hazardous = false;
  // True when a request may ask for the network; only changes what is said of a refusal.
  bool network_offered = false;
  IdRange run_uids;           // each run's uid is one of these,
  IdRange run_gids;           // its gid one of these; only changes what is said of a refusal
  std::vector<Rule> profile;  // the rules of the profile in use (profile.h), all of the form `allow`
};

// The bits of needs::kIsolation that hold.
inline unsigned GivenByIsolation(const PolicyOptions& options) {
  return (options.signals_contained ? needs::kContainedSignals : 0U) |
         (options.namespaces ? needs::kNamespaces : 0U);
}

class Policy {
 public:
  // Builds the policy from the embedded policies/*.yaml. Entries of allowed_syscalls that name no system
  // call and hazardous calls are left out with a warning. Throws Error for a rule of the profile that no
  // setting could allow.
  static Policy Make(const PolicyOptions& options);

  // The verdict for a call; `rule` (may be null) gets the rule that decided, or null for the default.
  // The rule belongs to this policy.
  Verdict Evaluate(const RefusedCall& call, const Rule** rule) const;

  // The rules in force, by number; of one call: allow, unavailable, hazard, other reasons for a refusal.
  const std::vector<Rule>& rules() const { return rules_; }
  // Rules that another choice of options would put in force, in the same order.
  const std::vector<Rule>& dormant() const { return dormant_; }
  const PolicyOptions& options() const { return options_; }
  // One sentence each, for the log at start.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  PolicyOptions options_;
  std::vector<Rule> rules_;
  std::vector<Rule> dormant_;
  std::vector<std::string> warnings_;
};

// True when a rule in force lets a run start a process, which may live on when the run's first one ends.
bool AllowsProcesses(const Policy& policy);
// True when `rule`, which allows a call, lets it start a process and not only threads.
bool StartsProcesses(const Rule& rule);

// The x32 variant of a call on x86_64: the native architecture with this bit set in the number.
inline constexpr std::int64_t kX32Bit = 0x40000000;
bool IsX32(const RefusedCall& call);

}  // namespace sandgate

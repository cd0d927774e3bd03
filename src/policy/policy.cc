// SPDX-License-Identifier: Apache-2.0
// Chooses the rules that are in force, and evaluates them.
#include "policy/policy.h"

#include <fmt/format.h>
#include <linux/audit.h>
#include <sched.h>

#include <algorithm>
#include <tuple>

#include "policy/allowed_list.h"
#include "policy/profile_check.h"
#include "policy/rule_file.h"
#include "policy/syscall_table.h"

namespace sandgate {

namespace {

// What an operator must give for the rules of `number` to be in force, taken from the options.
unsigned Given(const PolicyOptions& options, const AllowedList& listed, int number) {
  unsigned given = needs::kNothing;
  if (options.network) given |= needs::kNetwork;
  if (options.processes) given |= needs::kProcesses;
  given |= GivenByIsolation(options);
  if (options.allow_hazardous) given |= needs::kHazardous;
  if (listed.numbers.contains(number)) given |= needs::kListed;
  return given;
}

// Number, then allow, unavailable, hazard, other reasons; the more specific first.
auto SortKey(const Rule& rule) {
  return std::tuple(rule.number, rule.verdict, !rule.hazard, rule.when.empty(), rule.needs);
}

std::string Join(const std::set<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

void WarnOfHazards(const PolicyOptions& options, const AllowedList& listed, const RuleBook& book,
                   std::vector<std::string>& warnings) {
  std::set<std::string> hazards;
  for (const Rule& rule : book.rules) {
    if (rule.hazard && rule.when.empty() && listed.numbers.contains(rule.number))
      hazards.insert(rule.syscall);
  }
  if (hazards.empty()) return;
  warnings.push_back(
      options.allow_hazardous
          ? fmt::format(
                "allow_hazardous_syscalls lets runs use {}: they can break out of the sandbox or harm "
                "the machine",
                Join(hazards))
          : fmt::format("allowed_syscalls: {} would open the sandbox and stay refused", Join(hazards)));
}

struct ByNumber {
  bool operator()(const Rule& rule, std::int64_t number) const { return rule.number < number; }
  bool operator()(std::int64_t number, const Rule& rule) const { return number < rule.number; }
};

}  // namespace

bool Matches(const Rule& rule, const std::array<std::uint64_t, 6>& args) {
  return std::ranges::all_of(rule.when, [&args](const Condition& condition) {
    return (args[condition.argument] & condition.mask) == condition.value;
  });
}

bool StartsProcesses(const Rule& rule) {
  if (rule.syscall == "fork" || rule.syscall == "vfork" || rule.syscall == "clone3") return true;
  if (rule.syscall != "clone") return false;
  // Only what must be a thread cannot be a process.
  return std::ranges::none_of(rule.when, [](const Condition& condition) {
    return condition.argument == 0 && (condition.value & CLONE_THREAD) != 0;
  });
}

bool AllowsProcesses(const Policy& policy) {
  return std::ranges::any_of(policy.rules(), [](const Rule& rule) {
    return rule.verdict == Verdict::kAllow && StartsProcesses(rule);
  });
}

bool IsX32(const RefusedCall& call) {
  return call.arch == AUDIT_ARCH_X86_64 && call.number >= 0 && (call.number & kX32Bit) != 0;
}

Policy Policy::Make(const PolicyOptions& options) {
  Policy policy;
  policy.options_ = options;
  RuleBook book = ReadEmbeddedRules();
  AllowedList listed = ReadAllowedList(options.allowed_syscalls);
  policy.warnings_ = std::move(listed.warnings);
  WarnOfHazards(options, listed, book, policy.warnings_);
  CheckedProfile added = CheckProfile(options, book);
  std::ranges::stable_sort(book.rules, {}, SortKey);
  for (Rule& rule : book.rules) {
    if (rule.number < 0) continue;
    const bool in_force = (rule.needs & ~Given(options, listed, rule.number)) == 0;
    (in_force ? policy.rules_ : policy.dormant_).push_back(std::move(rule));
  }
  std::ranges::move(added.rules, std::back_inserter(policy.rules_));
  std::ranges::stable_sort(policy.rules_, {}, SortKey);
  std::ranges::move(added.warnings, std::back_inserter(policy.warnings_));
  return policy;
}

Verdict Policy::Evaluate(const RefusedCall& call, const Rule** rule) const {
  if (rule != nullptr) *rule = nullptr;
  if (call.arch != NativeArch() || IsX32(call)) return Verdict::kRefuse;
  if (FindSyscall(call.number) == nullptr) return Verdict::kUnknown;
  const auto [begin, end] = std::equal_range(rules_.begin(), rules_.end(), call.number, ByNumber{});
  const auto found = std::find_if(begin, end, [&call](const Rule& r) { return Matches(r, call.args); });
  if (found == end) return Verdict::kRefuse;
  if (rule != nullptr) *rule = &*found;
  return found->verdict;
}

}  // namespace sandgate

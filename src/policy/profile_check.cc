// SPDX-License-Identifier: Apache-2.0
// A rule of a profile is held against the rules of the policy, in force or dormant, that allow the same
// call: one of them must cover it, and what that one needs beyond being named must be given.
#include "policy/profile_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.h"

namespace sandgate {

namespace {

// What a profile stands for: its rules name calls, and may start processes.
constexpr unsigned kGivenByProfile = needs::kListed | needs::kProcesses;

[[noreturn]] void Refuse(const Rule& rule, const std::string& why) {
  throw Error(fmt::format("{}: {} {}", rule.source, rule.syscall, why));
}

// What a rule that covers `rule` needs and the operator does not give; the least of all such rules.
std::optional<unsigned> LeastMissing(const PolicyOptions& options, const RuleBook& book, const Rule& rule) {
  unsigned given = kGivenByProfile;
  if (options.allow_hazardous) given |= needs::kHazardous;
  given |= GivenByIsolation(options);
  std::optional<unsigned> least;
  for (const Rule& permit : book.rules) {
    if (permit.verdict != Verdict::kAllow || !Covers(permit, rule)) continue;
    const unsigned missing = permit.needs & ~given;
    if (!least || missing < *least) least = missing;
  }
  return least;
}

const Rule* FindReason(const RuleBook& book, const Rule& rule, bool hazard) {
  const auto found = std::ranges::find_if(book.rules, [&](const Rule& other) {
    return other.verdict == Verdict::kRefuse && other.hazard == hazard && Overlap(other, rule);
  });
  return found == book.rules.end() ? nullptr : &*found;
}

bool CanBeNarrowed(const RuleBook& book, const Rule& rule) {
  return std::ranges::any_of(book.rules, [&](const Rule& permit) {
    return permit.verdict == Verdict::kAllow && (permit.needs & needs::kHazardous) == 0 &&
           (permit.needs & needs::kListed) != 0 && Overlap(permit, rule);
  });
}

[[noreturn]] void RefuseUncovered(const PolicyOptions& options, const RuleBook& book, const Rule& rule) {
  const Rule* hazard = options.allow_hazardous ? nullptr : FindReason(book, rule, true);
  const std::string narrow = CanBeNarrowed(book, rule) ? "; name harmless arguments in `when`" : "";
  if (hazard != nullptr) {
    Refuse(rule,
           fmt::format("{}is hazardous: {}; allow_hazardous_syscalls is false{}",
                       hazard->when.empty() ? "" : "with some of these arguments ", hazard->why, narrow));
  }
  if (!narrow.empty()) Refuse(rule, "can be allowed with certain arguments only" + narrow);
  const Rule* reason = FindReason(book, rule, false);
  Refuse(rule, "cannot be allowed: " +
                   (reason == nullptr ? "no setting allows it with these arguments" : reason->why));
}

}  // namespace

bool Covers(const Rule& wide, const Rule& narrow) {
  if (wide.number != narrow.number) return false;
  return std::ranges::all_of(wide.when, [&narrow](const Condition& limit) {
    return std::ranges::any_of(narrow.when, [&limit](const Condition& own) {
      return own.argument == limit.argument && (limit.mask & ~own.mask) == 0 &&
             (own.value & limit.mask) == limit.value;
    });
  });
}

bool Overlap(const Rule& one, const Rule& other) {
  if (one.number != other.number) return false;
  return std::ranges::none_of(one.when, [&other](const Condition& a) {
    return std::ranges::any_of(other.when, [&a](const Condition& b) {
      return a.argument == b.argument && ((a.value ^ b.value) & a.mask & b.mask) != 0;
    });
  });
}

CheckedProfile CheckProfile(const PolicyOptions& options, const RuleBook& book) {
  CheckedProfile checked;
  std::set<std::string> hazards;
  for (const Rule& rule : options.profile) {
    if (rule.number < 0) continue;
    const std::optional<unsigned> missing = LeastMissing(options, book, rule);
    if (missing == needs::kNetwork) Refuse(rule, "is what enable_network allows; a profile cannot");
    if (missing != needs::kNothing) RefuseUncovered(options, book, rule);
    if (FindReason(book, rule, true) != nullptr) hazards.insert(rule.syscall);
    checked.rules.push_back(rule);
  }
  if (!hazards.empty()) {
    checked.warnings.push_back(
        fmt::format("{} lets runs use {}: they can break out of the sandbox or harm the machine",
                    options.profile.front().source, fmt::join(hazards, ", ")));
  }
  return checked;
}

}  // namespace sandgate

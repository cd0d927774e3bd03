// SPDX-License-Identifier: Apache-2.0
// Gathers the rules of one call: those in force decide how the call stands, the cheapest dormant permit
// which setting would change that.
#include "policy/describe.h"

#include <algorithm>
#include <bit>
#include <span>

#include "policy/constants.h"

namespace sandgate {

namespace {

std::string_view VerdictName(const Rule& rule) {
  switch (rule.verdict) {
    case Verdict::kAllow:
      return "allow";
    case Verdict::kUnavailable:
      return "unavailable";
    default:
      return rule.hazard ? "hazard" : "refuse";
  }
}

struct ByNumber {
  bool operator()(const Rule& rule, int number) const { return rule.number < number; }
  bool operator()(int number, const Rule& rule) const { return number < rule.number; }
};

// The rules of one call; `rules` are sorted by number.
std::span<const Rule> RulesOf(const std::vector<Rule>& rules, const Syscall& call) {
  const auto [begin, end] = std::equal_range(rules.begin(), rules.end(), SyscallNumber(call), ByNumber{});
  return {begin, end};
}

// The left side of a condition: the argument, with the bits that count where not all do.
std::string ConditionName(const Condition& condition, const Argument& argument) {
  const std::uint64_t all = SignificantBits(argument.kind);
  if (condition.mask == all) return std::string(argument.name);
  const std::uint64_t ignored = all & ~condition.mask;
  if (std::popcount(ignored) < std::popcount(condition.mask)) {
    return fmt::format("{} without {}", argument.name, FormatConstant(argument.kind, ignored));
  }
  return fmt::format("{} & {}", argument.name, FormatConstant(argument.kind, condition.mask));
}

std::string ConditionValue(const Condition& condition, const Argument& argument) {
  return FormatConstant(argument.kind, condition.value);
}

// All conditions of one rule.
std::string WhenText(const Rule& rule, const std::vector<Argument>& arguments) {
  std::string text;
  for (const Condition& condition : rule.when) {
    const Argument& argument = arguments.at(condition.argument);
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", ConditionName(condition, argument),
                        ConditionValue(condition, argument));
  }
  return text;
}

// True when both ask the same argument for the same bits, and nothing else: then only the values differ.
bool SameQuestion(const Rule& a, const Rule& b) {
  return a.when.size() == 1 && b.when.size() == 1 && a.when[0].argument == b.when[0].argument &&
         a.when[0].mask == b.when[0].mask;
}

bool SameButForConditions(const Rule& a, const Rule& b) {
  return VerdictName(a) == VerdictName(b) && a.source == b.source && a.why == b.why;
}

std::vector<CallRule> GroupRules(std::span<const Rule> rules, const Syscall& call, Locale locale) {
  const std::vector<Argument> arguments = Arguments(call);
  std::vector<CallRule> groups;
  const Rule* previous = nullptr;
  for (const Rule& rule : rules) {
    if (previous == nullptr || !SameButForConditions(*previous, rule)) {
      groups.push_back({std::string(VerdictName(rule)), rule.source, WhenText(rule, arguments),
                        std::string(Translate(locale, rule.why))});
    } else if (SameQuestion(*previous, rule)) {
      groups.back().when += " | " + ConditionValue(rule.when[0], arguments.at(rule.when[0].argument));
    } else {
      groups.back().when += "; " + WhenText(rule, arguments);
    }
    previous = &rule;
  }
  return groups;
}

Standing StandingOf(std::span<const Rule> rules) {
  const auto is_plain = [](Verdict verdict) {
    return [verdict](const Rule& rule) { return rule.verdict == verdict && rule.when.empty(); };
  };
  if (std::ranges::any_of(rules, is_plain(Verdict::kAllow))) return Standing::kAllowed;
  if (std::ranges::find(rules, Verdict::kAllow, &Rule::verdict) != rules.end()) return Standing::kConditional;
  if (std::ranges::any_of(rules, is_plain(Verdict::kUnavailable))) return Standing::kUnavailable;
  return Standing::kRefused;
}

// The dormant rule that allows the call, with whatever arguments, and asks least of the operator, or null.
const Rule* CheapestPermit(std::span<const Rule> dormant) {
  const Rule* best = nullptr;
  for (const Rule& rule : dormant) {
    if (rule.verdict != Verdict::kAllow || (rule.needs & needs::kIsolation) != 0) continue;
    if (best == nullptr || rule.needs < best->needs) best = &rule;
  }
  return best;
}

std::string HazardText(std::span<const Rule> rules, Locale locale) {
  std::string partly;
  for (const Rule& rule : rules) {
    if (!rule.hazard) continue;
    std::string why(Translate(locale, rule.why));
    if (rule.when.empty()) return why;
    if (partly.find(why) == std::string::npos) partly += (partly.empty() ? "" : "; ") + why;
  }
  return partly.empty() ? "" : Message(locale, "with some arguments: {}", partly);
}

// The English reason; where an option is off, that it is off.
std::string_view Reason(std::span<const Rule> rules, const Rule* permit, Standing standing) {
  const bool hazard = std::ranges::any_of(rules, [](const Rule& r) { return r.hazard && r.when.empty(); });
  if (standing == Standing::kRefused && !hazard && permit != nullptr && !permit->off.empty())
    return permit->off;
  return rules.empty() ? std::string_view() : std::string_view(rules.front().why);
}

}  // namespace

std::string_view StandingName(Standing standing) {
  switch (standing) {
    case Standing::kAllowed:
      return "allowed";
    case Standing::kConditional:
      return "conditional";
    case Standing::kUnavailable:
      return "unavailable";
    case Standing::kRefused:
      return "refused";
    case Standing::kAbsent:
      return "absent";
  }
  return "";
}

std::string SettingFor(unsigned needs, std::string_view call) {
  std::string text;
  const auto add = [&](unsigned bit, const std::string& line) {
    if ((needs & bit) != 0) text += (text.empty() ? "" : ", ") + line;
  };
  add(needs::kNetwork, "enable_network: true");
  add(needs::kProcesses, "allow_processes: true");
  add(needs::kHazardous, "allow_hazardous_syscalls: true");
  add(needs::kListed, fmt::format("allowed_syscalls: [{}]", call));
  return text;
}

CallDescription Describe(const Policy& policy, const Syscall& call, Locale locale) {
  CallDescription description;
  description.call = &call;
  description.does = Message(locale, "A program uses it to {}.", Translate(locale, call.does));
  if (SyscallNumber(call) < 0) {
    description.standing = Standing::kAbsent;
    description.why = Message(locale, "the architecture of this machine does not have it");
    return description;
  }
  const std::span<const Rule> rules = RulesOf(policy.rules(), call);
  description.standing = StandingOf(rules);
  description.rules = GroupRules(rules, call, locale);
  description.hazard = HazardText(rules, locale);
  const Rule* permit = CheapestPermit(RulesOf(policy.dormant(), call));
  const std::string_view reason = Reason(rules, permit, description.standing);
  description.why = reason.empty() ? Message(locale, "no rule of the policy allows it")
                                   : std::string(Translate(locale, reason));
  if (permit != nullptr && description.standing != Standing::kAllowed) {
    const PolicyOptions& options = policy.options();
    const unsigned given = (options.network ? needs::kNetwork : 0) |
                           (options.processes ? needs::kProcesses : 0) |
                           (options.allow_hazardous ? needs::kHazardous : 0);
    description.setting = SettingFor(permit->needs & ~given, call.name);
  }
  return description;
}

std::vector<CallDescription> DescribeAll(const Policy& policy, Locale locale) {
  std::vector<CallDescription> descriptions;
  for (const std::span<const Syscall> rows : SyscallTables()) {
    for (const Syscall& row : rows) descriptions.push_back(Describe(policy, row, locale));
  }
  std::ranges::sort(descriptions, {}, [](const CallDescription& one) { return one.call->name; });
  return descriptions;
}

}  // namespace sandgate

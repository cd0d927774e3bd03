// SPDX-License-Identifier: Apache-2.0
#include "policy/profile_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "base/text.h"
#include "policy/constants.h"
#include "policy/syscall_table.h"

namespace sandgate {

namespace {

constexpr std::string_view kProfileHead =
    "# Calls that runs with this profile may make beside those of the built-in policy.\n"
    "# The format is that of the policy: `allow` names calls, `when` their arguments, `why` the reason.\n";

// Names where they read back as the same number, else the number.
std::string ValueText(ArgKind kind, std::uint64_t value) {
  const std::string text = FormatConstant(kind, value);
  return ParseValue(text) == value ? text : fmt::format("{:#x}", value);
}

Argument ArgumentOf(const Rule& rule, const Condition& condition) {
  const Syscall* call = FindSyscall(rule.syscall);
  if (call == nullptr) throw Error("no system call " + rule.syscall);
  const std::vector<Argument> arguments = Arguments(*call);
  if (condition.argument >= arguments.size()) {
    throw Error(fmt::format("{} has no argument {}", rule.syscall, condition.argument));
  }
  return arguments[condition.argument];
}

ConditionText TextOf(const Rule& rule, const Condition& condition) {
  const Argument argument = ArgumentOf(rule, condition);
  const std::uint64_t bits = SignificantBits(argument.kind);
  ConditionText text{std::string(argument.name), "", "", {ValueText(argument.kind, condition.value)}};
  if (condition.mask == bits) return text;
  const std::uint64_t ignored = bits & ~condition.mask;
  const bool ignore = (condition.mask & ~bits) == 0 && std::popcount(ignored) < std::popcount(condition.mask);
  text.bits_key = ignore ? "ignore" : "mask";
  text.bits = ValueText(argument.kind, ignore ? ignored : condition.mask);
  return text;
}

// Of two sets that differ in the value of their last condition only, the second joins the first.
bool Join(std::vector<ConditionText>& first, const std::vector<ConditionText>& second) {
  if (first.empty() || first.size() != second.size()) return false;
  const auto same = [](const ConditionText& a, const ConditionText& b) {
    return a.argument == b.argument && a.bits_key == b.bits_key && a.bits == b.bits;
  };
  for (std::size_t i = 0; i < first.size(); ++i) {
    const bool last = i + 1 == first.size();
    if (!same(first[i], second[i]) || (!last && first[i].values != second[i].values)) return false;
  }
  first.back().values.push_back(second.back().values.front());
  return true;
}

void AddSet(RuleText& entry, const Rule& rule) {
  std::vector<ConditionText> set;
  for (const Condition& condition : rule.when) set.push_back(TextOf(rule, condition));
  if (set.empty()) return;
  const bool joined =
      std::ranges::any_of(entry.when, [&set](std::vector<ConditionText>& other) { return Join(other, set); });
  if (!joined) entry.when.push_back(std::move(set));
}

std::string ConditionYaml(const ConditionText& condition) {
  const std::string values = condition.values.size() == 1
                                 ? condition.values.front()
                                 : fmt::format("[{}]", fmt::join(condition.values, ", "));
  if (condition.bits_key.empty()) return fmt::format("{}: {}", condition.argument, values);
  return fmt::format("{}: {{{}: {}, equals: {}}}", condition.argument, condition.bits_key, condition.bits,
                     values);
}

std::string SetYaml(const std::vector<ConditionText>& set) {
  std::vector<std::string> conditions;
  std::ranges::transform(set, std::back_inserter(conditions), ConditionYaml);
  return fmt::format("{{{}}}", fmt::join(conditions, ", "));
}

// A double-quoted scalar: JSON's escapes are YAML's.
std::string Quoted(std::string_view text) {
  std::string quoted;
  AppendJsonString(quoted, text);
  return quoted;
}

std::string WhenYaml(const RuleText& entry) {
  std::vector<std::string> sets;
  std::ranges::transform(entry.when, std::back_inserter(sets), SetYaml);
  return sets.size() == 1 ? sets.front() : fmt::format("[{}]", fmt::join(sets, ", "));
}

}  // namespace

std::vector<RuleText> RuleTexts(const std::vector<Rule>& rules) {
  // First one entry for each call and reason, then calls whose entries agree are put together.
  std::vector<RuleText> entries;
  for (const Rule& rule : rules) {
    const bool goes_on = !entries.empty() && entries.back().calls.front() == rule.syscall &&
                         entries.back().why == rule.why && !entries.back().when.empty() && !rule.when.empty();
    if (!goes_on) entries.push_back({{rule.syscall}, {}, rule.why});
    AddSet(entries.back(), rule);
  }
  std::vector<RuleText> merged;
  for (RuleText& entry : entries) {
    const auto alike = std::ranges::find_if(merged, [&entry](const RuleText& other) {
      return other.why == entry.why && WhenYaml(other) == WhenYaml(entry);
    });
    if (alike == merged.end()) {
      merged.push_back(std::move(entry));
    } else {
      alike->calls.push_back(entry.calls.front());
    }
  }
  return merged;
}

std::string EntryYaml(const RuleText& entry) {
  std::string text = fmt::format("  - allow: [{}]\n", fmt::join(entry.calls, ", "));
  if (!entry.when.empty()) text += fmt::format("    when: {}\n", WhenYaml(entry));
  return text + fmt::format("    why: {}\n", Quoted(entry.why));
}

std::string ProfileText(const Profile& profile) {
  std::string text = fmt::format("{}name: {}\n\nrules:", kProfileHead, Quoted(profile.name));
  const std::vector<RuleText> entries = RuleTexts(profile.rules);
  text += entries.empty() ? " []\n" : "\n";
  for (const RuleText& entry : entries) text += EntryYaml(entry);
  return text;
}

std::string AdditionsText(const Additions& additions, Locale locale, std::string_view config_file,
                          std::string_view profiles_folder) {
  std::string text;
  if (additions.enable_network && !additions.network_offered) text += "enable_network: true\n";
  if (additions.allow_processes) text += "allow_processes: true\n";
  if (!text.empty())
    text.insert(0, "# " + Message(locale, "For {}, instead of lines that set the same:", config_file) + "\n");
  if (additions.enable_network) {
    text += "# " +
            Message(locale,
                    "The request must ask for the network with enable_network: true (`sandgate trace`: "
                    "without --no-network).") +
            "\n";
  }
  if (!additions.others.empty()) {
    text += "# " +
            Message(locale,
                    "For a profile, a file {}/NAME.yaml that is used with profile: NAME:", profiles_folder) +
            "\nrules:\n";
    for (const RuleText& entry : RuleTexts(additions.others)) text += EntryYaml(entry);
  }
  if (text.empty()) text = "# " + Message(locale, "Nothing needs to be added.") + "\n";
  return text;
}

std::string RuleLine(const Rule& rule) {
  std::string line = rule.syscall;
  for (const Condition& condition : rule.when) {
    const ConditionText text = TextOf(rule, condition);
    const std::string bits = text.bits_key.empty() ? "" : fmt::format(" ({} {})", text.bits_key, text.bits);
    line += fmt::format(" {}={}{}", text.argument, text.values.front(), bits);
  }
  return line;
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// From YAML to rules: each entry is expanded to one rule per call and per alternative of its conditions.
#include "policy/rule_file.h"

#include <embedded/policies.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "config/yaml_document.h"
#include "policy/constants.h"
#include "policy/syscall_table.h"

namespace sandgate {

namespace {

// No real file comes near; a filter has at most 4096 instructions.
constexpr std::size_t kMaxRulesOfOneCall = 4096;
constexpr std::size_t kMaxRules = 16384;

// What all rules of a file have in common.
struct FileHead {
  std::string title;  // of the file, for messages
  std::string name;   // the source of its rules
  unsigned needs = needs::kNothing;
  std::string off;
  bool is_profile = false;
  std::size_t rule = 0;  // the one being read, from 1; 0: none
};

[[noreturn]] void Fail(const FileHead& head, const std::string& what) {
  const std::string place = head.rule == 0 ? "" : fmt::format(", rule {}", head.rule);
  throw Error(fmt::format("{}{}: {}", head.title, place, what));
}

// No rule of ours needs a tenth of it; a short file could ask for millions of conditions otherwise.
constexpr std::size_t kMaxAlternatives = 1024;

std::string Text(const YAML::Node& node) { return node && node.IsScalar() ? node.Scalar() : std::string(); }

std::uint64_t Value(const FileHead& head, const YAML::Node& node) {
  const std::optional<std::uint64_t> value = ParseValue(Text(node));
  if (!value) Fail(head, fmt::format("\"{}\" is neither a number nor a known constant", Text(node)));
  return *value;
}

// The alternatives of one argument's condition.
std::vector<Condition> ReadCondition(const FileHead& head, const Argument& argument, const YAML::Node& node) {
  Condition condition;
  condition.mask = SignificantBits(argument.kind);
  YAML::Node values = node;
  if (node.IsMap()) {
    if (node["mask"]) condition.mask = Value(head, node["mask"]);
    if (node["ignore"]) condition.mask &= ~Value(head, node["ignore"]);
    values.reset(node["equals"]);
  }
  std::vector<Condition> alternatives;
  const auto add = [&](const YAML::Node& value) {
    condition.value = Value(head, value);
    if ((condition.value & ~condition.mask) != 0) {
      Fail(head, fmt::format("\"{}\" has bits that the mask does not have, so it never holds", Text(value)));
    }
    alternatives.push_back(condition);
  };
  if (values.IsSequence()) {
    for (const YAML::Node& value : values) add(value);
  } else {
    add(values);
  }
  return alternatives;
}

// Every way to satisfy one set of conditions: the product of the alternatives of its arguments.
void ExpandSet(const FileHead& head, const Syscall& call, const YAML::Node& set,
               std::vector<std::vector<Condition>>& out) {
  if (!set.IsMap()) Fail(head, fmt::format("the conditions of a rule for {} are not a map", call.name));
  const std::vector<Argument> arguments = Arguments(call);
  std::vector<std::vector<Condition>> product{{}};
  std::set<std::string> seen;
  for (const auto& entry : set) {
    const std::string name = Text(entry.first);
    const auto found = std::ranges::find(arguments, name, &Argument::name);
    if (found == arguments.end()) Fail(head, fmt::format("{} has no argument {}", call.name, name));
    if (!seen.insert(name).second)
      Fail(head, fmt::format("argument {} of {} is given twice", name, call.name));
    const std::vector<Condition> alternatives = ReadCondition(head, *found, entry.second);
    if (alternatives.size() * product.size() > kMaxAlternatives) {
      Fail(head, fmt::format("a rule for {} has more than {} alternatives", call.name, kMaxAlternatives));
    }
    std::vector<std::vector<Condition>> longer;
    for (Condition condition : alternatives) {
      condition.argument = static_cast<unsigned>(found - arguments.begin());
      for (std::vector<Condition> conditions : product) {
        conditions.push_back(condition);
        longer.push_back(std::move(conditions));
      }
    }
    product = std::move(longer);
  }
  out.insert(out.end(), product.begin(), product.end());
}

std::vector<std::vector<Condition>> ReadWhen(const FileHead& head, const Syscall& call,
                                             const YAML::Node& when) {
  if (!when) return {{}};
  std::vector<std::vector<Condition>> sets;
  if (when.IsMap()) {
    ExpandSet(head, call, when, sets);
  } else if (when.IsSequence()) {
    for (const YAML::Node& set : when) ExpandSet(head, call, set, sets);
  } else {
    Fail(head,
         fmt::format("the conditions of a rule for {} are neither a map nor a list of maps", call.name));
  }
  if (head.is_profile && sets.empty()) Fail(head, fmt::format("the `when` of {} never holds", call.name));
  if (sets.size() > kMaxRulesOfOneCall) Fail(head, fmt::format("{} has too many conditions", call.name));
  return sets;
}

// The rule that an entry makes of each call, without the call and its conditions.
std::optional<Rule> ReadForm(const FileHead& head, const std::string& form) {
  Rule rule;
  rule.source = head.name;
  rule.needs = head.needs;
  rule.off = head.off;
  if (form == "allow") {
    rule.verdict = Verdict::kAllow;
  } else if (form == "unavailable") {
    rule.verdict = Verdict::kUnavailable;
  } else if (form == "listed") {
    rule.verdict = Verdict::kAllow;
    rule.source = "allowed_syscalls";
    rule.needs = needs::kListed;
  } else if (form == "hazard" || form == "refuse") {
    rule.hazard = form == "hazard";
    rule.needs = needs::kNothing;
  } else {
    return std::nullopt;
  }
  return rule;
}

void CheckKeys(const FileHead& head, const YAML::Node& entry) {
  if (head.is_profile && !entry["allow"]) Fail(head, "it must begin with `allow`: a profile only adds calls");
  for (const auto& pair : entry) {
    const std::string key = Text(pair.first);
    if (key == "why" || key == "when" || (head.is_profile && key == "allow")) continue;
    if (!head.is_profile && (key == "tried" || key == "needs" || key == "answer" || ReadForm(head, key)))
      continue;
    Fail(head, fmt::format("a rule has the unknown key \"{}\"", key));
  }
}

void ReadEntry(const FileHead& head, const YAML::Node& entry, RuleBook& book) {
  if (!entry.IsMap() || entry.size() == 0) Fail(head, "a rule is not a map");
  CheckKeys(head, entry);
  const std::string form = head.is_profile ? "allow" : Text(entry.begin()->first);
  std::optional<Rule> rule = ReadForm(head, form);
  if (!rule) Fail(head, fmt::format("a rule begins with \"{}\", which is no form", form));
  rule->why = Text(entry["why"]);
  rule->tried = Text(entry["tried"]);
  if (const std::string extra = Text(entry["needs"]); extra == "signals_contained") {
    rule->needs |= needs::kContainedSignals;
  } else if (extra == "namespaces") {
    rule->needs |= needs::kNamespaces;
  } else if (!extra.empty()) {
    Fail(head, fmt::format("a rule needs the unknown \"{}\"", extra));
  }
  if (const std::string answer = Text(entry["answer"]); answer == "EOPNOTSUPP" && form == "unavailable") {
    rule->answer = EOPNOTSUPP;
  } else if (!answer.empty()) {
    Fail(head, fmt::format("a rule of the form {} has the unknown answer \"{}\"", form, answer));
  }
  if (!entry[form].IsSequence()) Fail(head, fmt::format("\"{}\" is not followed by a list of calls", form));
  for (const YAML::Node& node : entry[form]) {
    rule->syscall = Text(node);
    const Syscall* call = FindSyscall(rule->syscall);
    if (call == nullptr) Fail(head, fmt::format("\"{}\" is no system call", rule->syscall));
    if (rule->why.empty()) Fail(head, fmt::format("the rule for {} has no `why`", rule->syscall));
    rule->number = SyscallNumber(*call);
    if (form == "listed") book.listed.insert(rule->syscall);
    for (std::vector<Condition>& conditions : ReadWhen(head, *call, entry["when"])) {
      rule->when = std::move(conditions);
      book.rules.push_back(*rule);
      if (book.rules.size() > kMaxRules) Fail(head, "too many rules");
    }
  }
}

void ReadEntries(FileHead head, const YAML::Node& rules, RuleBook& book) {
  if (!rules || !rules.IsSequence()) Fail(head, "`rules` is not a list");
  for (const YAML::Node& entry : rules) {
    ++head.rule;
    ReadEntry(head, entry, book);
  }
}

FileHead ReadHead(const YAML::Node& file) {
  FileHead head;
  head.name = Text(file["name"]);
  head.title = "policy " + head.name;
  head.off = Text(file["off"]);
  const std::string option = Text(file["option"]);
  if (option == "enable_network") {
    head.needs = needs::kNetwork;
  } else if (option == "allow_processes") {
    head.needs = needs::kProcesses;
  } else if (!option.empty()) {
    Fail(head, fmt::format("unknown option \"{}\"", option));
  }
  return head;
}

void AddHazardPermits(RuleBook& book) {
  std::vector<Rule> permits;
  for (const Rule& rule : book.rules) {
    if (!rule.hazard) continue;
    Rule permit = rule;
    permit.verdict = Verdict::kAllow;
    permit.hazard = false;
    permit.source = "allowed_syscalls";
    permit.needs = needs::kListed | needs::kHazardous;
    permits.push_back(std::move(permit));
  }
  std::ranges::move(permits, std::back_inserter(book.rules));
}

// Calls without a `listed` form and without a hazard: naming them allows them with any arguments.
void AddPlainPermits(RuleBook& book) {
  std::set<std::string_view> hazards;
  for (const Rule& rule : book.rules) {
    if (!rule.hazard) continue;
    hazards.insert(rule.syscall);
    if (rule.when.empty() || book.listed.contains(rule.syscall)) continue;
    throw Error(
        fmt::format("policy: {} is hazardous with some arguments and has no `listed` form", rule.syscall));
  }
  std::vector<Rule> permits;
  for (const std::span<const Syscall> rows : SyscallTables()) {
    for (const Syscall& call : rows) {
      if (hazards.contains(call.name) || book.listed.contains(call.name)) continue;
      Rule rule;
      rule.syscall = call.name;
      rule.number = SyscallNumber(call);
      rule.verdict = Verdict::kAllow;
      rule.why = "the operator named the call";
      rule.source = "allowed_syscalls";
      rule.needs = needs::kListed;
      permits.push_back(std::move(rule));
    }
  }
  std::ranges::move(permits, std::back_inserter(book.rules));
}

}  // namespace

void ReadRules(std::string_view yaml, RuleBook& book) {
  try {
    const YAML::Node file = YAML::Load(std::string(yaml));
    ReadEntries(ReadHead(file), file["rules"], book);
  } catch (const YAML::Exception& error) {
    throw Error(fmt::format("policy: {}", error.what()));
  }
}

std::vector<Rule> ReadProfileRules(std::string_view yaml, const std::string& name, const std::string& title) {
  FileHead head;
  head.title = title;
  head.name = "profile " + name;
  head.is_profile = true;
  RuleBook book;
  try {
    const YAML::Node file = ParseDocument(std::string(yaml));
    if (!file.IsMap()) Fail(head, "it has no `rules`");
    for (const auto& pair : file) {
      const std::string key = Text(pair.first);
      if (key != "name" && key != "rules") Fail(head, fmt::format("unknown key \"{}\"", key));
    }
    if (file["name"] && Text(file["name"]) != name) {
      Fail(head, fmt::format("its `name` is \"{}\", not that of the file", Text(file["name"])));
    }
    ReadEntries(head, file["rules"], book);
  } catch (const YAML::Exception& error) {
    throw Error(fmt::format("{}: {}", title, error.what()));
  }
  return std::move(book.rules);
}

RuleBook ReadEmbeddedRules() {
  RuleBook book;
  ReadRules(embedded::kBaseYaml, book);
  ReadRules(embedded::kNetworkYaml, book);
  ReadRules(embedded::kProcessesYaml, book);
  ReadRules(embedded::kHazardsYaml, book);
  AddPlainPermits(book);
  AddHazardPermits(book);
  return book;
}

}  // namespace sandgate

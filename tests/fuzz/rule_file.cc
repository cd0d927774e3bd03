// SPDX-License-Identifier: Apache-2.0
// Any bytes as a file of rules: either an Error, or rules that the filter can be made of.
#include "policy/rule_file.h"

#include "base/error.h"
#include "check.h"

namespace {

using sandgate::fuzz::Check;

void CheckRule(const sandgate::Rule& rule) {
  Check(rule.number >= 0, "a rule is about a call of this machine");
  Check(!rule.why.empty(), "a rule has a reason");
  unsigned seen = 0;
  for (const sandgate::Condition& condition : rule.when) {
    Check(condition.argument < 6, "a condition is about an argument");
    Check((condition.value & ~condition.mask) == 0, "a condition can hold");
    Check((seen & (1U << condition.argument)) == 0, "an argument has one condition");
    seen |= 1U << condition.argument;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sandgate::RuleBook book;
  try {
    ReadRules(sandgate::fuzz::Text(data, size), book);
  } catch (const sandgate::Error&) {
    return 0;
  }
  for (const sandgate::Rule& rule : book.rules) CheckRule(rule);
  return 0;
}

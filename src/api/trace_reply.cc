// SPDX-License-Identifier: Apache-2.0
// The entries have the keys of a profile's file, so that their JSON is YAML for one.
#include "api/trace_reply.h"

#include <vector>

#include "base/text.h"
#include "policy/profile_text.h"

namespace sandgate::api {

namespace {

template <typename Items, typename Append>
void AppendList(std::string& out, const Items& items, const Append& append) {
  out += '[';
  for (const auto& item : items) {
    if (out.back() != '[') out += ',';
    append(item);
  }
  out += ']';
}

void AppendTexts(std::string& out, const std::vector<std::string>& texts) {
  AppendList(out, texts, [&out](const std::string& text) { AppendJsonString(out, text); });
}

void AppendValues(std::string& out, const ConditionText& condition) {
  if (condition.values.size() == 1) {
    AppendJsonString(out, condition.values.front());
  } else {
    AppendTexts(out, condition.values);
  }
}

void AppendCondition(std::string& out, const ConditionText& condition) {
  AppendJsonString(out, condition.argument);
  out += ':';
  if (condition.bits_key.empty()) return AppendValues(out, condition);
  out += '{';
  AppendJsonString(out, condition.bits_key);
  out += ':';
  AppendJsonString(out, condition.bits);
  out += ",\"equals\":";
  AppendValues(out, condition);
  out += '}';
}

void AppendSet(std::string& out, const std::vector<ConditionText>& set) {
  out += '{';
  for (const ConditionText& condition : set) {
    if (out.back() != '{') out += ',';
    AppendCondition(out, condition);
  }
  out += '}';
}

void AppendEntry(std::string& out, const RuleText& entry) {
  out += "{\"allow\":";
  AppendTexts(out, entry.calls);
  if (!entry.when.empty()) {
    out += ",\"when\":";
    AppendList(out, entry.when, [&out](const auto& set) { AppendSet(out, set); });
  }
  out += ",\"why\":";
  AppendJsonString(out, entry.why);
  out += '}';
}

}  // namespace

void AppendAdditions(std::string& out, const Additions& additions, Locale locale) {
  out += ",\"additions\":";
  AppendJsonString(out, AdditionsText(additions, locale));
  out += ",\"profile\":";
  AppendList(out, RuleTexts(additions.rules), [&out](const RuleText& entry) { AppendEntry(out, entry); });
}

}  // namespace sandgate::api

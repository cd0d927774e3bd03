// SPDX-License-Identifier: Apache-2.0
// See policy_reply.h. A library makes the text: nobody else's clients depend on its bytes.
#include "api/policy_reply.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/reply.h"

namespace sandgate::api {

namespace json = boost::json;

namespace {

json::string Text(std::string_view text) { return json::string(text); }

json::object Numbers(const Syscall& call) {
  json::object numbers;
  for (const Architecture architecture : kArchitectures) {
    const int number = SyscallNumber(call, architecture);
    json::value& value = numbers[ArchitectureName(architecture)];
    if (number >= 0) value = number;
  }
  return numbers;
}

json::object ToJson(const CallDescription& one) {
  json::array rules;
  for (const CallRule& rule : one.rules) {
    rules.push_back(json::object{
        {"verdict", rule.verdict}, {"source", rule.source}, {"when", rule.when}, {"why", rule.why}});
  }
  return {{"name", Text(one.call->name)},
          {"numbers", Numbers(*one.call)},
          {"group", Text(GroupName(one.call->group))},
          {"does", one.does},
          {"policy", Text(StandingName(one.standing))},
          {"why", one.why},
          {"hazard", one.hazard},
          {"setting", one.setting},
          {"rules", std::move(rules)}};
}

json::array ToJson(const std::vector<CallDescription>& calls) {
  json::array array;
  for (const CallDescription& one : calls) array.push_back(ToJson(one));
  return array;
}

}  // namespace

std::string CallsJson(const std::vector<CallDescription>& calls) { return json::serialize(ToJson(calls)); }

http::Response PolicyReply(const EffectivePolicies& policies, Locale locale) {
  json::object data{{"architecture", Text(ArchitectureName(NativeArchitecture()))},
                    {"with_network", nullptr}};
  if (policies.with_network != nullptr) {
    data["with_network"] = ToJson(DescribeAll(*policies.with_network, locale));
  }
  data["without_network"] = ToJson(DescribeAll(*policies.without_network, locale));
  return SuccessReply(json::serialize(data));
}

}  // namespace sandgate::api

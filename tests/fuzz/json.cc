// SPDX-License-Identifier: Apache-2.0
// Any bytes as JSON. What the scanner lets through is taken apart without a look at its syntax, so this is
// where a gap between the two shows. Boost.JSON is stricter: what it accepts must be accepted, and the
// strings must be equal.
#include <boost/json.hpp>
#include <map>

#include "api/json_scan.h"
#include "api/json_value.h"
#include "base/text.h"
#include "check.h"

namespace {

namespace json = boost::json;
using namespace sandgate::api;
using sandgate::fuzz::Check;

bool IsWhole(std::string_view text) {
  const JsonExtent extent = ScanJson(text);
  return extent.error.empty() && extent.begin == 0 && extent.end == text.size();
}

// The string that `quoted` stands for; written again it stands for the same.
std::string DecodeChecked(std::string_view quoted) {
  std::string decoded = DecodeJsonString(quoted);
  std::string again;
  sandgate::AppendJsonString(again, decoded);
  Check(IsWhole(again), "a string can be written again");
  Check(DecodeJsonString(again) == decoded, "a string is the same when it is written and read again");
  return decoded;
}

// The members that are strings, the last one of each name.
std::map<std::string, std::string> StringsOf(std::string_view object) {
  std::map<std::string, std::string> strings;
  ForEachMember(object, [&](const std::string& key, std::string_view value) {
    Check(IsWhole(value), "the value of a member is a value");
    strings.erase(key);
    if (KindOf(value) == JsonKind::kString) strings[key] = DecodeChecked(value);
  });
  return strings;
}

void Compare(const json::value& strict, std::string_view value) {
  if (strict.is_string()) Check(DecodeJsonString(value) == strict.as_string(), "strings are equal");
  if (!strict.is_object()) return;
  std::map<std::string, std::string> expected;
  for (const auto& [key, member] : strict.as_object()) {
    if (member.is_string()) expected.emplace(key, std::string(member.as_string()));
  }
  Check(StringsOf(value) == expected, "members are equal");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = sandgate::fuzz::Text(data, size);
  const JsonExtent extent = ScanJson(text);
  json::error_code strict_error;
  const json::value strict = json::parse({text.data(), text.size()}, strict_error);
  if (!extent.error.empty()) {
    Check(strict_error.failed(), "what a strict parser accepts is accepted");
    return 0;
  }
  const std::string_view value = text.substr(extent.begin, extent.end - extent.begin);
  Check(!value.empty(), "a value has a text");
  KindName(KindOf(value));
  if (KindOf(value) == JsonKind::kString) DecodeChecked(value);
  if (KindOf(value) == JsonKind::kObject) StringsOf(value);
  if (!strict_error.failed()) Compare(strict, value);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "api/json_write.h"

#include <fmt/format.h>

#include "base/text.h"

namespace sandgate::api {

void AppendKey(std::string& out, std::string_view key) {
  if (out.back() != '{' && out.back() != '[') out += ',';
  AppendJsonString(out, key);
  out += ':';
}

void AppendText(std::string& out, std::string_view key, std::string_view value) {
  AppendKey(out, key);
  AppendJsonString(out, value);
}

void AppendBool(std::string& out, std::string_view key, bool value) {
  AppendKey(out, key);
  out += value ? "true" : "false";
}

void AppendMilliseconds(std::string& out, std::string_view key, double value) {
  AppendKey(out, key);
  out += fmt::format("{:.3f}", value);
}

}  // namespace sandgate::api

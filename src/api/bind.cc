// SPDX-License-Identifier: Apache-2.0
// See bind.h. One table of fields serves JSON, forms and query alike.
#include "api/bind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "api/form.h"
#include "api/json_scan.h"
#include "api/json_value.h"
#include "base/text.h"

namespace sandgate::api {

namespace {

// A field is either a text or a flag; of `limits`, a value of any kind is kept as it is written.
struct FieldRow {
  std::string_view name;
  std::string Fields::*text;
  bool Fields::*flag;
  std::string_view required_as;  // name in the message when it is missing; empty: not required
};

constexpr std::array<FieldRow, 7> kRunFields{{
    {"language", &Fields::language, nullptr, "Language"},
    {"code", &Fields::code, nullptr, "Code"},
    {"preload", &Fields::preload, nullptr, ""},
    {"enable_network", nullptr, &Fields::enable_network, ""},
    {"profile", &Fields::profile, nullptr, ""},
    {"environment", &Fields::environment, nullptr, ""},
    {"limits", &Fields::limits, nullptr, ""},
}};
constexpr std::array<FieldRow, 2> kEnvironmentFields{{
    {"language", &Fields::language, nullptr, ""},
    {"environment", &Fields::environment, nullptr, ""},
}};

using Rows = std::span<const FieldRow>;

constexpr std::string_view kJsonType = "application/json";

// An exact match wins over one without case.
const FieldRow* FindRow(Rows rows, std::string_view name) {
  for (const FieldRow& row : rows) {
    if (row.name == name) return &row;
  }
  for (const FieldRow& row : rows) {
    if (EqualsIgnoreCase(row.name, name)) return &row;
  }
  return nullptr;
}

void SetFromJson(const FieldRow& row, std::string_view value, Binding& binding) {
  const JsonKind kind = KindOf(value);
  if (kind == JsonKind::kNull) return;
  if (row.text == &Fields::limits) {
    binding.fields.limits = value;
  } else if (row.text && kind == JsonKind::kString) {
    binding.fields.*row.text = DecodeJsonString(value);
  } else if (row.flag && kind == JsonKind::kBool) {
    binding.fields.*row.flag = value == "true";
  } else if (binding.error.empty()) {
    binding.error = fmt::format("json: cannot unmarshal {} into Go struct field .{} of type {}",
                                KindName(kind), row.name, row.text ? "string" : "bool");
  }
}

void BindJson(std::string_view body, Rows rows, Binding& binding) {
  JsonExtent extent = ScanJson(body);
  if (!extent.error.empty()) {
    binding.error = std::move(extent.error);
    return;
  }
  const std::string_view value = body.substr(extent.begin, extent.end - extent.begin);
  const JsonKind kind = KindOf(value);
  if (kind == JsonKind::kNull) return;
  if (kind != JsonKind::kObject) {
    binding.error = fmt::format("json: cannot unmarshal {} into Go value of type struct", KindName(kind));
    return;
  }
  ForEachMember(value, [&](const std::string& key, std::string_view member) {
    if (const FieldRow* row = FindRow(rows, key)) SetFromJson(*row, member, binding);
  });
}

void SetFlagFromText(bool& flag, const std::string& text, std::string& error) {
  static constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "true", "TRUE", "True"};
  static constexpr std::array<std::string_view, 7> kFalse{"0", "f", "F", "false", "FALSE", "False", ""};
  flag = std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end();
  if (flag || std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end() || !error.empty()) return;
  error = "strconv.ParseBool: parsing ";
  AppendJsonString(error, text);
  error += ": invalid syntax";
}

// The media type of a Content-Type, in lower case.
std::string MediaType(std::string_view content_type) {
  return ToLower(Trim(content_type.substr(0, content_type.find(';'))));
}

void BindForm(const http::Request& request, Rows rows, Binding& binding) {
  std::vector<std::string> names;
  for (const FieldRow& row : rows) names.emplace_back(row.name);
  Form form(std::move(names));
  const std::string_view content_type = request.header("Content-Type");
  const std::string media_type = MediaType(content_type);
  if (request.method != "GET" && media_type == "multipart/form-data") {
    form.AddMultipart(request.body, content_type);
  } else if (request.method != "GET" && media_type == "application/x-www-form-urlencoded") {
    form.AddUrlEncoded(request.body);
  }
  const std::size_t query = request.target.find('?');
  if (query != std::string::npos) form.AddUrlEncoded(std::string_view(request.target).substr(query + 1));
  binding.error = form.error();
  for (const FieldRow& row : rows) {
    const std::string* value = form.Find(std::string(row.name));
    if (!value) continue;
    if (row.text) binding.fields.*row.text = *value;
    if (row.flag) SetFlagFromText(binding.fields.*row.flag, *value, binding.error);
  }
}

void CheckRequired(Rows rows, Binding& binding) {
  for (const FieldRow& row : rows) {
    if (row.required_as.empty() || !(binding.fields.*row.text).empty()) continue;
    if (!binding.error.empty()) binding.error += '\n';
    binding.error += fmt::format("Key: '{0}' Error:Field validation for '{0}' failed on the 'required' tag",
                                 row.required_as);
  }
}

Binding Bind(const http::Request& request, Rows rows) {
  Binding binding;
  const std::string_view content_type = request.header("Content-Type");
  binding.exact_json = content_type == kJsonType;
  if (binding.exact_json || (request.method != "GET" && MediaType(content_type) == kJsonType)) {
    BindJson(request.body, rows, binding);
  } else {
    BindForm(request, rows, binding);
  }
  if (binding.error.empty()) CheckRequired(rows, binding);
  return binding;
}

}  // namespace

Binding BindRun(const http::Request& request) { return Bind(request, kRunFields); }

Binding BindEnvironment(const http::Request& request) { return Bind(request, kEnvironmentFields); }

}  // namespace sandgate::api

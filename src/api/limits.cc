// SPDX-License-Identifier: Apache-2.0
#include "api/limits.h"

#include <algorithm>
#include <vector>

#include "api/json_scan.h"
#include "api/json_value.h"
#include "base/text.h"
#include "config/limits.h"
#include "config/values.h"

namespace sandgate::api {

namespace {

std::string UnknownLimit(std::string_view name, Locale locale) {
  std::vector<std::string_view> fields;
  for (const LimitRow& row : LimitRows()) fields.push_back(row.field);
  return Message(locale, "limits.{}: there is no such limit; there are {}", Shown(name),
                 fmt::to_string(fmt::join(fields, ", ")));
}

// Empty where `value` was put into `limits`.
std::string Lower(const LimitRow& row, std::string_view value, const Limits& configured, Limits& limits,
                  Locale locale) {
  const Option& option = OptionOf(row);
  const std::int64_t bound = configured.*row.value == 0 ? option.max : configured.*row.value;
  const std::int64_t least = std::min(std::max<std::int64_t>(option.min, 1), bound);
  const std::optional<std::int64_t> number = ParseWhole(value);
  if (number && *number >= least && *number <= bound) {
    limits.*row.value = *number;
    return "";
  }
  return Message(locale,
                 "{}: {} is not a whole number from {} to {}, which is {} for this key; a request can only "
                 "lower it",
                 row.name(), Shown(value), least, bound, row.setting);
}

}  // namespace

ReadLimitsResult ReadLimits(std::string_view text, const Limits& configured, Locale locale) {
  text = Trim(text);
  if (text.empty()) return {};
  const JsonExtent extent = ScanJson(text);
  const bool whole = extent.error.empty() && extent.end == text.size();
  if (whole && KindOf(text) == JsonKind::kNull) return {};
  if (!whole || KindOf(text) != JsonKind::kObject) {
    return {std::nullopt,
            Message(locale, "limits: {} is not an object such as {}", Shown(text), R"({"memory_mb": 64})")};
  }
  ReadLimitsResult result{configured, ""};
  ForEachMember(text, [&](const std::string& name, std::string_view value) {
    if (!result.error.empty()) return;
    const LimitRow* row = FindLimit(name);
    result.error = row ? Lower(*row, value, configured, *result.limits, locale) : UnknownLimit(name, locale);
  });
  return result;
}

}  // namespace sandgate::api

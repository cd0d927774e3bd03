// SPDX-License-Identifier: Apache-2.0
// Finds the format string that a finished text was made from, and fills in its translation.
#include "i18n/filled.h"

#include <fmt/args.h>

#include <optional>
#include <vector>

#include "i18n/catalogue.h"

namespace sandgate {

namespace {

constexpr std::string_view kGap = "{}";

// What stands in `text` where `pattern` has its gaps, or nothing where it does not fit.
std::optional<std::vector<std::string>> Match(std::string_view pattern, std::string_view text) {
  std::vector<std::string> filled;
  std::size_t gap = pattern.find(kGap);
  if (gap == std::string_view::npos || !text.starts_with(pattern.substr(0, gap))) return std::nullopt;
  text.remove_prefix(gap);
  while (gap != std::string_view::npos) {
    pattern.remove_prefix(gap + kGap.size());
    gap = pattern.find(kGap);
    const std::string_view literal = pattern.substr(0, gap);
    const std::size_t end = gap == std::string_view::npos && text.ends_with(literal)
                                ? text.size() - literal.size()
                                : text.find(literal);
    if (end == std::string_view::npos || (gap == std::string_view::npos && !text.ends_with(literal))) {
      return std::nullopt;
    }
    filled.emplace_back(text.substr(0, end));
    text.remove_prefix(end + literal.size());
  }
  return filled;
}

}  // namespace

std::string TranslateFilled(Locale locale, std::string_view english) {
  const std::string_view whole = Translate(locale, english);
  if (locale == Locale::kEnglish || whole != english) return std::string(whole);
  // Of the patterns that fit, the one that says most itself.
  const std::string* best = nullptr;
  std::size_t most = 0;
  std::vector<std::string> arguments;
  for (const auto& [pattern, translation] : ChineseTexts()) {
    if (pattern.size() <= most) continue;
    auto filled = Match(pattern, english);
    if (!filled) continue;
    best = &translation;
    most = pattern.size();
    arguments = std::move(*filled);
  }
  // A short pattern such as "{}: {}" says nothing itself and would fit by chance.
  constexpr std::size_t kFewestBytes = 8;
  if (best == nullptr || most < kFewestBytes) return std::string(english);
  fmt::dynamic_format_arg_store<fmt::format_context> store;
  for (const std::string& argument : arguments) store.push_back(argument);
  return fmt::vformat(*best, store);
}

}  // namespace sandgate

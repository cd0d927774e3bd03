// SPDX-License-Identifier: Apache-2.0
// Texts for people, in their language. The English text in the source is the key; messages/*.yaml holds the
// others. A text without a translation is shown in English (a test finds those). Server and command line;
// never in the child.
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace sandgate {

enum class Locale { kEnglish, kChinese };

// "en", "zh".
std::string_view LocaleName(Locale locale);

// The locale for a name of the configuration ("en", "zh"); English for any other.
Locale LocaleOf(std::string_view name);

// The first language of an Accept-Language header (RFC 9110, 12.5.4) by weight that we have, else `fallback`.
Locale AcceptedLocale(std::string_view header, Locale fallback);

// `english` in `locale`. The result lives as long as the program, or as `english`.
std::string_view Translate(Locale locale, std::string_view english);

// Translates a format string, then fills it in: Message(locale, "the limit is {} s", 5). A translation has
// the same arguments in any order ({1} before {0}); a test compares them.
template <typename... Args>
std::string Message(Locale locale, fmt::format_string<Args...> english, Args&&... args) {
  const fmt::string_view text = english;
  return fmt::vformat(Translate(locale, {text.data(), text.size()}), fmt::make_format_args(args...));
}

}  // namespace sandgate

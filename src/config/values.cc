// SPDX-License-Identifier: Apache-2.0
// Small hand-written parsers for the syntaxes of configuration values: Go's booleans and durations, YAML's
// words for booleans, sizes with a unit. They take the whole text or nothing: no value is guessed from
// a text that only begins well.
#include "config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace sandgate {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

template <std::size_t N>
bool IsOneOf(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Removes the digits that `text` begins with and returns them.
std::string_view TakeDigits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsDigit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

// Removes one of Go's units of time from the front of `text` and returns its nanoseconds.
std::optional<std::int64_t> TakeUnit(std::string_view& text) {
  // "ms" before "m": the first that fits is taken. The two micro signs are U+00B5 and U+03BC.
  static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ns", 1},       {"us", 1000},      {"\u00b5s", 1000},  {"\u03bcs", 1000},
      {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000},
  };
  for (const auto& [name, nanoseconds] : kUnits) {
    if (text.starts_with(name)) {
      text.remove_prefix(name.size());
      return nanoseconds;
    }
  }
  return std::nullopt;
}

// Removes one "1.5h" from the front of `text` and returns its nanoseconds.
std::optional<std::int64_t> TakeTerm(std::string_view& text) {
  const std::string_view whole = TakeDigits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = TakeDigits(text);
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto count = whole.empty() ? std::optional<std::int64_t>(0) : ParseWhole(whole);
  const auto unit = TakeUnit(text);
  std::int64_t total = 0;
  if (!count || !unit || __builtin_mul_overflow(*count, *unit, &total)) return std::nullopt;
  long double rest = 0;
  long double scale = static_cast<long double>(*unit);
  for (const char digit : fraction) {
    scale /= 10;
    rest += scale * (digit - '0');
  }
  if (__builtin_add_overflow(total, static_cast<std::int64_t>(rest), &total)) return std::nullopt;
  return total;
}

}  // namespace

std::optional<bool> ParseGoBool(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "TRUE", "true", "True"};
  static constexpr std::array<std::string_view, 6> kFalse = {"0", "f", "F", "FALSE", "false", "False"};
  if (IsOneOf(text, kTrue)) return true;
  if (IsOneOf(text, kFalse)) return false;
  return std::nullopt;
}

std::optional<bool> ParseYamlBool(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kTrue = {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y"};
  static constexpr std::array<std::string_view, 8> kFalse = {"no", "No", "NO", "off", "Off", "OFF", "n", "N"};
  if (IsOneOf(text, kTrue)) return true;
  if (IsOneOf(text, kFalse)) return false;
  return ParseGoBool(text);
}

std::optional<std::int64_t> ParseWhole(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

std::optional<std::int64_t> ParseSize(std::string_view text) {
  const auto count = ParseWhole(TakeDigits(text));
  if (!count) return std::nullopt;
  const std::string unit = ToLower(Trim(text));
  int shift = 0;
  if (unit == "k" || unit == "kb" || unit == "kib") {
    shift = 10;
  } else if (unit == "m" || unit == "mb" || unit == "mib") {
    shift = 20;
  } else if (unit == "g" || unit == "gb" || unit == "gib") {
    shift = 30;
  } else if (!unit.empty() && unit != "b") {
    return std::nullopt;
  }
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(*count, std::int64_t{1} << shift, &bytes)) return std::nullopt;
  return bytes;
}

std::string SizeText(std::int64_t bytes) {
  static constexpr std::pair<int, std::string_view> kUnits[] = {{30, "GiB"}, {20, "MiB"}, {10, "KiB"}};
  for (const auto& [shift, name] : kUnits) {
    const std::int64_t unit = std::int64_t{1} << shift;
    if (bytes >= unit && bytes % unit == 0) return fmt::format("{}{}", bytes / unit, name);
  }
  return std::to_string(bytes);
}

std::optional<std::chrono::nanoseconds> ParseGoDuration(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    const auto term = TakeTerm(text);
    if (!term || __builtin_add_overflow(total, *term, &total)) return std::nullopt;
  }
  return std::chrono::nanoseconds(total);
}

bool LooksLikeSyscall(std::string_view text) {
  const auto allowed = [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

bool LooksLikeProxy(std::string_view text) {
  static constexpr std::string_view kSchemes[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos) {
    const std::string name = ToLower(text.substr(0, scheme));
    if (std::find(std::begin(kSchemes), std::end(kSchemes), name) == std::end(kSchemes)) return false;
    text.remove_prefix(scheme + 3);
  }
  text = text.substr(text.rfind('@') + 1);  // npos + 1 is 0
  text = text.substr(0, text.find_first_of("/?#"));
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = bracket == std::string_view::npos ? bracket : text.find(':', bracket);
  const std::string_view host = text.substr(0, colon);
  if (host.empty() || host.find_first_of(" \t") != std::string_view::npos) return false;
  if (colon == std::string_view::npos) return true;
  const auto port = ParseWhole(text.substr(colon + 1));
  return port && *port > 0 && *port < 65536;
}

bool LooksLikeIndex(std::string_view text) {
  static constexpr std::string_view kSchemes[] = {"http://", "https://", "file://"};
  if (text.find_first_of(" \t") != std::string_view::npos) return false;
  return std::any_of(std::begin(kSchemes), std::end(kSchemes), [&](std::string_view scheme) {
    return text.size() > scheme.size() && EqualsIgnoreCase(text.substr(0, scheme.size()), scheme);
  });
}

}  // namespace sandgate

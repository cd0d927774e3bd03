// SPDX-License-Identifier: Apache-2.0
// See json_value.h. Nothing here checks syntax: text that did not pass ScanJson() must not come here.
#include "api/json_value.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/characters.h"

namespace sandgate::api {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::uint32_t kBadRune = 0xFFFD;

void AppendUtf8(std::string& out, std::uint32_t rune) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((rune >> shift) & 0x3F)); };
  if (rune < 0x80) {
    out += static_cast<char>(rune);
  } else if (rune < 0x800) {
    out += static_cast<char>(0xC0 | rune >> 6);
    tail(0);
  } else if (rune < 0x10000) {
    out += static_cast<char>(0xE0 | rune >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | rune >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// The code unit of the \uXXXX that `text` begins with, or -1 when it begins with something else.
std::int32_t CodeUnit(std::string_view text) {
  if (!text.starts_with("\\u") || text.size() < 6) return -1;
  std::int32_t unit = 0;
  std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return unit;
}

bool IsHighSurrogate(std::int32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(std::int32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// Decodes the \uXXXX (or pair of them) that `text` begins with; returns its length.
std::size_t AppendUnicodeEscape(std::string& out, std::string_view text) {
  const std::int32_t unit = CodeUnit(text);
  const std::int32_t next = IsHighSurrogate(unit) ? CodeUnit(text.substr(6)) : -1;
  if (IsLowSurrogate(next)) {
    AppendUtf8(out, static_cast<std::uint32_t>(0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00)));
    return 12;
  }
  const bool lone = IsHighSurrogate(unit) || IsLowSurrogate(unit);
  AppendUtf8(out, lone ? kBadRune : static_cast<std::uint32_t>(unit));
  return 6;
}

// Decodes the escape that `text` begins with; returns its length.
std::size_t AppendEscape(std::string& out, std::string_view text) {
  switch (text[1]) {
    case 'u':
      return AppendUnicodeEscape(out, text);
    case 'b':
      out += '\b';
      break;
    case 'f':
      out += '\f';
      break;
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    default:
      out += text[1];
      break;
  }
  return 2;
}

// The length of a string with its quotes.
std::size_t StringLength(std::string_view text) {
  std::size_t i = 1;
  while (text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return i + 1;
}

std::size_t ContainerLength(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i += StringLength(text.substr(i));
      continue;
    }
    ++i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i;
  }
  return text.size();
}

std::size_t ValueLength(std::string_view text) {
  if (text[0] == '"') return StringLength(text);
  if (text[0] == '{' || text[0] == '[') return ContainerLength(text);
  return std::min(text.find_first_of(",}] \t\r\n"), text.size());
}

// Without leading white space, commas and colons.
std::string_view SkipToToken(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n,:"), text.size()));
  return text;
}

}  // namespace

JsonKind KindOf(std::string_view value) {
  switch (value.front()) {
    case 'n':
      return JsonKind::kNull;
    case 't':
    case 'f':
      return JsonKind::kBool;
    case '"':
      return JsonKind::kString;
    case '[':
      return JsonKind::kArray;
    case '{':
      return JsonKind::kObject;
    default:
      return JsonKind::kNumber;
  }
}

std::string_view KindName(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kBool:
      return "bool";
    case JsonKind::kNumber:
      return "number";
    case JsonKind::kString:
      return "string";
    case JsonKind::kArray:
      return "array";
    case JsonKind::kObject:
      return "object";
  }
  return "";
}

std::string DecodeJsonString(std::string_view quoted) {
  std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = 0;
    if (text[0] == '\\') {
      length = AppendEscape(out, text);
    } else if (static_cast<unsigned char>(text[0]) < 0x80) {
      while (length < text.size() && text[length] != '\\' &&
             static_cast<unsigned char>(text[length]) < 0x80) {
        ++length;
      }
      out += text.substr(0, length);
    } else if ((length = Utf8Length(text)) > 0) {
      out += text.substr(0, length);
    } else {
      out += kReplacement;
      length = 1;
    }
    text.remove_prefix(length);
  }
  return out;
}

void ForEachMember(std::string_view object,
                   const std::function<void(const std::string&, std::string_view)>& visit) {
  std::string_view rest = SkipToToken(object.substr(1));
  while (!rest.empty() && rest[0] != '}') {
    const std::size_t key_length = StringLength(rest);
    const std::string key = DecodeJsonString(rest.substr(0, key_length));
    rest = SkipToToken(rest.substr(key_length));
    const std::size_t value_length = ValueLength(rest);
    visit(key, rest.substr(0, value_length));
    rest = SkipToToken(rest.substr(value_length));
  }
}

}  // namespace sandgate::api

// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>

#include "base/characters.h"
#include "base/error.h"

namespace sandgate {

namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Writes at `out`; returns the end of what it wrote.
char* Put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* PutAsciiEscaped(char* out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      return Put(out, "\\\"");
    case '\\':
      return Put(out, "\\\\");
    case '\n':
      return Put(out, "\\n");
    case '\r':
      return Put(out, "\\r");
    case '\t':
      return Put(out, "\\t");
    default:
      break;
  }
  out = Put(out, "\\u00");
  *out++ = kHex[c >> 4];
  *out++ = kHex[c & 15];
  return out;
}

bool IsPlainAscii(unsigned char c) {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

// Writes at `out` the first character of `text`, which is none of plain ASCII, and takes it off `text`.
char* PutSpecial(char* out, std::string_view& text) {
  const auto c = static_cast<unsigned char>(text.front());
  const std::size_t length = c < 0x80 ? 0 : Utf8Length(text);
  const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
  text.remove_prefix(character.size());
  if (c < 0x80) return PutAsciiEscaped(out, c);
  if (length == 0) return Put(out, "\\ufffd");
  if (character == "\u2028") return Put(out, "\\u2028");
  if (character == "\u2029") return Put(out, "\\u2029");
  return Put(out, character);
}

constexpr std::size_t kMaxEscaped = 6;  // bytes that one character can become: "\\u0000"

}  // namespace

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::vector<std::string> SplitList(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = Trim(text.substr(0, end));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool ConstantTimeEqual(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const unsigned char expected = secret.empty() ? 0 : static_cast<unsigned char>(secret[i % secret.size()]);
    difference |= static_cast<unsigned char>(given[i]) ^ expected;
  }
  return difference == 0;
}

std::string RandomHex(std::size_t bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string raw(bytes, '\0');
  // getrandom(2): requests of up to 256 bytes are never cut short once the pool is ready.
  if (::getrandom(raw.data(), raw.size(), 0) != static_cast<ssize_t>(raw.size())) ThrowErrno("getrandom");
  std::string hex;
  for (const char c : raw) {
    hex += kHex[static_cast<unsigned char>(c) >> 4];
    hex += kHex[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string Shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string shown;
  for (const char c : text.substr(0, kMost)) shown += c >= ' ' && c < 0x7f ? c : '?';
  return text.size() > kMost ? shown + "..." : shown;
}

std::string LastLines(std::string_view output) {
  constexpr std::size_t kLastLines = 25;
  constexpr std::size_t kLastBytes = 4000;
  std::string_view text = Trim(output);
  if (text.size() > kLastBytes) text.remove_prefix(text.size() - kLastBytes);
  std::size_t begin = text.size();
  for (std::size_t lines = 0; lines < kLastLines && begin != std::string_view::npos && begin != 0; ++lines) {
    begin = text.rfind('\n', begin - 1);
  }
  if (begin != std::string_view::npos && begin != 0) text.remove_prefix(begin + 1);
  return std::string(text);
}

// Escapes are gathered in a buffer: appending each by itself costs more than making it.
void AppendJsonString(std::string& out, std::string_view text) {
  std::array<char, 4096> escaped;
  out.reserve(out.size() + text.size() + 2);
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && IsPlainAscii(static_cast<unsigned char>(text[plain]))) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    char* end = escaped.data();
    char* const full = escaped.data() + escaped.size() - kMaxEscaped;
    while (!text.empty() && end <= full && !IsPlainAscii(static_cast<unsigned char>(text.front()))) {
      end = PutSpecial(end, text);
    }
    out.append(escaped.data(), end);
  }
  out += '"';
}

}  // namespace sandgate

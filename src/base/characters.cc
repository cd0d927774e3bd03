// SPDX-License-Identifier: Apache-2.0
#include "base/characters.h"

#include <algorithm>
#include <utility>

namespace sandgate {

namespace {

unsigned char Byte(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

}  // namespace

std::size_t Utf8Length(std::string_view text) {
  const unsigned char lead = Byte(text, 0);
  if (lead < 0x80) return text.empty() ? 0 : 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(Byte(text, i))) return 0;
  }
  const unsigned char next = Byte(text, 1);
  const bool overlong = (lead == 0xe0 && next < 0xa0) || (lead == 0xf0 && next < 0x90);
  const bool no_character = (lead == 0xed && next >= 0xa0) || (lead == 0xf4 && next >= 0x90);
  return overlong || no_character ? 0 : length;
}

std::size_t CountCharacters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return !IsContinuation(static_cast<unsigned char>(byte)); }));
}

std::size_t ControlLength(std::string_view text) {
  if (text.empty()) return 0;
  const unsigned char lead = Byte(text, 0);
  if (lead < 0x20 || lead == 0x7f) return 1;
  const unsigned char next = Byte(text, 1);
  return lead == 0xc2 && next >= 0x80 && next < 0xa0 ? 2 : 0;
}

bool HasControl(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (ControlLength(text) > 0) return true;
  }
  return false;
}

// Bytes of UTF-8 have the order of the characters.
bool IsInvisible(std::string_view character) {
  using Range = std::pair<std::string_view, std::string_view>;
  // Default_Ignorable_Code_Point of the Unicode standard, lines and paragraphs of their own, blank letters.
  static constexpr Range kRanges[] = {
      {"\u00ad", "\u00ad"},         {"\u034f", "\u034f"},         {"\u061c", "\u061c"},
      {"\u115f", "\u1160"},         {"\u17b4", "\u17b5"},         {"\u180b", "\u180f"},
      {"\u200b", "\u200f"},         {"\u2028", "\u202e"},         {"\u2060", "\u206f"},
      {"\u2800", "\u2800"},         {"\u3164", "\u3164"},         {"\ufe00", "\ufe0f"},
      {"\ufeff", "\ufeff"},         {"\uffa0", "\uffa0"},         {"\ufff0", "\ufffb"},
      {"\U0001bca0", "\U0001bca3"}, {"\U0001d173", "\U0001d17a"}, {"\U000e0000", "\U000e0fff"}};
  return std::ranges::any_of(
      kRanges, [&](const Range& range) { return character >= range.first && character <= range.second; });
}

std::string Printable(std::string_view text, Lines lines) {
  std::string printable;
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    const bool stays = character == "\t" || (lines == Lines::kMany && character == "\n");
    const bool is_plain = length > 0 && ControlLength(character) == 0 && !IsInvisible(character);
    if (stays || is_plain) {
      printable += character;
    } else {
      printable += '?';
    }
    text.remove_prefix(character.size());
  }
  return printable;
}

}  // namespace sandgate

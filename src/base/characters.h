// SPDX-License-Identifier: Apache-2.0
// Characters in text of others, which could steer a terminal or hide in a line.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace sandgate {

// Bytes of the UTF-8 character that `text` begins with, 0 where it begins with none. Not longer than need be,
// and no surrogate: only what every reader takes for the same character (Unicode standard, table 3-7).
std::size_t Utf8Length(std::string_view text);

// Characters of a text in UTF-8.
std::size_t CountCharacters(std::string_view text);

// The length of the control character that `text` begins with: 1 for C0 and DEL, 2 for C1 (U+0080 to U+009F
// in UTF-8, which terminals obey as well), 0 where it begins with none.
std::size_t ControlLength(std::string_view text);
bool HasControl(std::string_view text);

// Whether `character`, one in UTF-8, shows nothing and can hide, part or reorder what stands around it: marks
// of direction, lines and paragraphs of their own, joiners, tags, blank letters.
bool IsInvisible(std::string_view character);

// `text` with ? for each character that is one of these or no UTF-8; tabs stay, and line ends
// if it may have lines.
enum class Lines { kOne, kMany };
std::string Printable(std::string_view text, Lines lines);

}  // namespace sandgate

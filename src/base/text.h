// SPDX-License-Identifier: Apache-2.0
// Small text functions that the standard library does not have.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace sandgate {

std::string_view Trim(std::string_view text);                   // without leading and trailing white space
std::string ToLower(std::string_view text);                     // ASCII only
bool EqualsIgnoreCase(std::string_view a, std::string_view b);  // ASCII only
// The parts between separators, trimmed, empty parts left out.
std::vector<std::string> SplitList(std::string_view text, char separator);

// Compares in a time that depends on the length of `given` only, never on where the two differ.
bool ConstantTimeEqual(std::string_view given, std::string_view secret);

// `bytes` random bytes from the kernel as lower-case hex, two characters a byte.
std::string RandomHex(std::size_t bytes);

// Of what a stranger wrote, as much as a sentence can hold: 40 bytes, and ? for what is not printable ASCII.
std::string Shown(std::string_view text);
// The last lines of what a program printed, at most 4000 bytes.
std::string LastLines(std::string_view output);

// Appends `text` as a quoted JSON string. Bytes that are not UTF-8 become \ufffd, one each; < > & and
// U+2028, U+2029 are escaped, as the clients of this API are used to.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace sandgate

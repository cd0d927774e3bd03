// SPDX-License-Identifier: Apache-2.0
// Reads values out of JSON text that ScanJson() has found well-formed. Strings come out as Go's decoder
// gives them: bytes that are not UTF-8 and lone surrogates become U+FFFD, which a strict library refuses.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace sandgate::api {

enum class JsonKind { kNull, kBool, kNumber, kString, kArray, kObject };

// Of the value that `value` begins with.
JsonKind KindOf(std::string_view value);
// "bool", "number", "string", "array", "object", "null".
std::string_view KindName(JsonKind kind);

// The content of a JSON string with its quotes, decoded to UTF-8.
std::string DecodeJsonString(std::string_view quoted);

// Calls `visit(key, value)` for each member of `object` in order; `value` is its text without white space
// around it.
void ForEachMember(std::string_view object,
                   const std::function<void(const std::string&, std::string_view)>& visit);

}  // namespace sandgate::api

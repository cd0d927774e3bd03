// SPDX-License-Identifier: Apache-2.0
// Members of JSON objects, appended to a text: for replies whose key order, escapes and numbers are told byte
// for byte. A comma comes before a member unless its object or array has just begun.
#pragma once
#include <string>
#include <string_view>

namespace sandgate::api {

// `"key":`
void AppendKey(std::string& out, std::string_view key);
// `"key":"value"`
void AppendText(std::string& out, std::string_view key, std::string_view value);
void AppendBool(std::string& out, std::string_view key, bool value);
// A plain decimal with three digits behind the point: `"key":2.388`
void AppendMilliseconds(std::string& out, std::string_view key, double value);

}  // namespace sandgate::api

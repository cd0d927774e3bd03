// SPDX-License-Identifier: Apache-2.0
// The option `keys`: API keys beside app.key, each a map of the fields in one table. What an entry may say
// and within which bounds comes from that table and, for its limits, from the rows of the options they lower.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/assign.h"
#include "config/config.h"

namespace sandgate {

// The name of the key that app.key is; no entry may have it.
inline constexpr std::string_view kDefaultKeyName = "default";

// What app.key is where nobody sets it: that of dify-sandbox, which everybody knows.
inline constexpr std::string_view kPublishedKey = "dify-sandbox";

// Of an entry: each request's key is compared with all of them, whatever it is.
inline constexpr std::size_t kMaxKeyBytes = 256;

// Puts a list of maps into `keys`, or returns what is wrong and leaves them. Names and keys are unique within
// the list afterwards. A key is never in what is returned.
std::optional<BadValue> AssignKeys(const RawValue& value, std::vector<ApiKey>& keys);

// What is wrong between a key and another option, in a sentence that begins with the option it is about.
struct KeyMistake {
  std::string_view option;  // "keys", "metrics.key"
  std::string text;
};
std::vector<KeyMistake> KeyMistakes(const Config& config);

// The table of fields, for docs/config.md.
std::string KeyFieldsDocs();

}  // namespace sandgate

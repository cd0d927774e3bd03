// SPDX-License-Identifier: Apache-2.0
// Finds the likely meaning of a misspelt key by edit distance (Levenshtein) over the table of options.
#include "config/nearest.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/options.h"

namespace sandgate {

namespace {

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::string_view LastPart(std::string_view key) { return key.substr(key.rfind('.') + 1); }

std::size_t Distance(std::string_view unknown, const Option& option) {
  const bool same_word = EqualsIgnoreCase(unknown, option.env) || unknown == LastPart(option.key);
  return same_word ? 0 : EditDistance(unknown, option.key);
}

}  // namespace

std::string_view NearestKey(std::string_view unknown) {
  const std::string lower = ToLower(unknown);
  std::string_view nearest;
  // At most a quarter of the letters may differ: more is another word.
  std::size_t smallest = lower.size() / 4 + 1;
  for (const Option& option : Options()) {
    if (option.key.empty()) continue;
    const std::size_t distance = Distance(lower, option);
    if (distance < smallest) {
      smallest = distance;
      nearest = option.key;
    }
  }
  return nearest;
}

}  // namespace sandgate

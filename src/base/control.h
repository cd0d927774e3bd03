// SPDX-License-Identifier: Apache-2.0
// Control characters in text of others, which could steer a terminal or hide in a line.
#pragma once
#include <cstddef>
#include <string_view>

namespace sandgate {

// The length of the control character that `text` begins with: 1 for C0 and DEL, 2 for C1 (U+0080 to U+009F
// in UTF-8, which terminals obey as well), 0 where it begins with none.
inline std::size_t ControlLength(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x20 || lead == 0x7f) return 1;
  const auto next = static_cast<unsigned char>(text.size() > 1 ? text[1] : 0);
  return lead == 0xc2 && next >= 0x80 && next < 0xa0 ? 2 : 0;
}

inline bool HasControl(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (ControlLength(text) > 0) return true;
  }
  return false;
}

}  // namespace sandgate

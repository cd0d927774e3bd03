// SPDX-License-Identifier: Apache-2.0
// Finds the first JSON value in a request body and says what is wrong with it in the words that clients of
// this API know from its first implementation, which used Go's encoding/json. A state machine over bytes
// with its nesting on the heap: depth costs memory, never stack.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace sandgate::api {

inline constexpr std::size_t kMaxJsonDepth = 10000;

// The extent of the first value in `text`.
struct JsonExtent {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string error;  // empty: text[begin, end) is one well-formed value; what follows is not looked at
};

// "EOF" when there is only white space, "unexpected EOF" when the value is cut short, else
// "invalid character 'x' looking for ...". Bytes inside strings need not be UTF-8.
JsonExtent ScanJson(std::string_view text);

}  // namespace sandgate::api

// SPDX-License-Identifier: Apache-2.0
// Which option was meant by a key that does not exist: for the hint in a warning.
#pragma once
#include <string_view>

namespace sandgate {

// The key of the option that `unknown` is a likely misspelling of, or "". Upper case, an option's name in the
// environment and a key without its group ("port" for "app.port") are recognised.
std::string_view NearestKey(std::string_view unknown);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Passwords in what is told of installers and of the files that they read.
#pragma once
#include <string>
#include <string_view>

namespace sandgate {

// `text` with *** in the place of user and password of each URL. One with a bare / is known by what stands
// before it, which is no host and port; of one with a bare @ or quote a part may stay.
std::string WithoutPasswords(std::string_view text);

}  // namespace sandgate

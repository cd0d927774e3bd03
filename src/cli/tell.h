// SPDX-License-Identifier: Apache-2.0
// What verbs say on stderr beside their output, one line or more. Names and texts of files are in it: what
// could steer a terminal is shown as ?.
#pragma once
#include <string_view>

namespace sandgate {

void TellFailure(std::string_view text);  // "sandgate: TEXT"
void TellWarning(std::string_view text);  // "warning: TEXT"

}  // namespace sandgate

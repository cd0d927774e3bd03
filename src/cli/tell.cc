// SPDX-License-Identifier: Apache-2.0
#include "cli/tell.h"

#include <cstdio>

#include "base/characters.h"

namespace sandgate {

namespace {

void Tell(const char* kind, std::string_view text) {
  std::fprintf(stderr, "%s: %s\n", kind, Printable(text, Lines::kMany).c_str());
}

}  // namespace

void TellFailure(std::string_view text) { Tell("sandgate", text); }
void TellWarning(std::string_view text) { Tell("warning", text); }

}  // namespace sandgate

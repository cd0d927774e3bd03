// SPDX-License-Identifier: Apache-2.0
// Denials as text for people, for the verbs that print them.
#pragma once
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "i18n/message.h"
#include "policy/explain.h"

namespace sandgate {

// Whether text that goes there may be coloured.
enum class Paint { kPlain, kColoured };

struct Show {
  Locale locale = Locale::kEnglish;
  Paint paint = Paint::kPlain;
  std::string config_file;  // named where the API says conf/config.yaml
};

// Coloured for a terminal, unless NO_COLOR is set in the environment.
Paint IsTerminal(std::FILE* stream);

// A paragraph for each denial, in their order: what, line, layer and rule, reason, fix.
std::string ShowDenials(const std::vector<Denial>& denied, const Show& show);

}  // namespace sandgate

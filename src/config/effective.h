// SPDX-License-Identifier: Apache-2.0
// The configuration as text for people: what is in force (`sandgate config --effective`) and the page that
// documents all options (docs/config.md, `sandgate config --docs`). Both are made from the table.
#pragma once
#include <string>

#include "config/load.h"

namespace sandgate {

// One line an option: name, value, source. Holds no secret and no password of a URL.
std::string EffectiveText(const LoadedConfig& loaded);

// The text of docs/config.md.
std::string DocsText();

}  // namespace sandgate

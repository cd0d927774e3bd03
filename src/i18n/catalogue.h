// SPDX-License-Identifier: Apache-2.0
// The texts of messages/*.yaml. For the files of this folder; everybody else uses message.h or filled.h.
#pragma once
#include <functional>
#include <map>
#include <string>

namespace sandgate {

using Catalogue = std::map<std::string, std::string, std::less<>>;

// From the English text to the Chinese; read when it is first asked for.
const Catalogue& ChineseTexts();

}  // namespace sandgate

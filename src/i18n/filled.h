// SPDX-License-Identifier: Apache-2.0
// Texts that were made in English by code that knows no language (a probe of the kernel, the table of
// options) and are shown to a reader later. Server and command line.
#pragma once
#include <string>
#include <string_view>

#include "i18n/message.h"

namespace sandgate {

// `english` in `locale`, where `english` is a text of messages/*.yaml or one whose places {} are filled in
// already: "the kernel has ABI 7" for "the kernel has ABI {}". What fits no text is returned as it is.
std::string TranslateFilled(Locale locale, std::string_view english);

}  // namespace sandgate

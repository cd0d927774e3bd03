// SPDX-License-Identifier: Apache-2.0
// The part of a reply that only traces have. For reply.cc.
#pragma once
#include <string>

#include "i18n/message.h"
#include "policy/trace.h"

namespace sandgate::api {

// Appends `,"additions":TEXT,"profile":[ENTRY,...]` to an object that is not closed and not empty.
void AppendAdditions(std::string& out, const Additions& additions, Locale locale);

}  // namespace sandgate::api

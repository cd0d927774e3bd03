// SPDX-License-Identifier: Apache-2.0
// The field `limits` of a request: which limits of the configuration it lowers, and to what.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "i18n/message.h"

namespace sandgate::api {

struct ReadLimitsResult {
  std::optional<Limits> limits;  // none: the field lowers nothing
  std::string error;             // not empty: a sentence that names field, value and bound
};

// `text` is JSON, from a form perhaps broken: an object of whole numbers, each from the least that the option
// takes to what `configured` has.
ReadLimitsResult ReadLimits(std::string_view text, const Limits& configured, Locale locale);

}  // namespace sandgate::api

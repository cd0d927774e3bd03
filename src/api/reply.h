// SPDX-License-Identifier: Apache-2.0
// The replies of the API, byte for byte: envelope {"code","message","data"} in that order around what a run
// did or which packages there are.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "http/message.h"
#include "i18n/message.h"
#include "run/result.h"

namespace sandgate::api {

// A reply with code 0; `data` is JSON text.
http::Response SuccessReply(const std::string& data);
// A reply about a run that took place, whatever the program did. That of a trace has `additions`, the text
// to paste, in `locale`, and `profile`, the rules of a profile that stands alone.
http::Response RunReply(const RunResult& result, Locale locale = Locale::kEnglish);
// What the log keeps of refusals, as a JSON array, the latest ones: neither code nor output. Empty for none.
std::string DenialsForLog(const std::vector<Denial>& denied);
// A reply that lists packages as {"dependencies":[{"name","version"},...]}.
http::Response DependenciesReply(const std::vector<std::pair<std::string, std::string>>& packages);
// A reply without JSON: status, text/plain body.
http::Response PlainReply(unsigned status, const std::string& text);

}  // namespace sandgate::api

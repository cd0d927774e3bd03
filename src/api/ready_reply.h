// SPDX-License-Identifier: Apache-2.0
// The answer to GET /ready.
#pragma once
#include <string>
#include <vector>

#include "http/server.h"
#include "run/readiness.h"

namespace sandgate::api {

struct ReadyState {
  std::vector<LanguageReadiness> languages;
  bool draining = false;
  std::vector<std::string> warnings;  // what works, but not as it should
};

enum class ReadyDetail {
  kNone,  // for strangers: yes or no, of the server and of each language
  kAll,
};

// 200 when every language is ready and the server is not draining, else 503.
http::Response ReadyReply(const ReadyState& state, ReadyDetail detail);

}  // namespace sandgate::api

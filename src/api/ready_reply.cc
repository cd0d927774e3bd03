// SPDX-License-Identifier: Apache-2.0
#include "api/ready_reply.h"

#include <algorithm>

#include "api/json_write.h"
#include "base/text.h"
#include "http/message.h"

namespace sandgate::api {

namespace {

void AppendLanguage(std::string& out, const LanguageReadiness& one, ReadyDetail detail) {
  if (detail == ReadyDetail::kNone) return AppendBool(out, LanguageName(one.language), one.ready);
  AppendKey(out, LanguageName(one.language));
  out += '{';
  AppendBool(out, "ready", one.ready);
  AppendMilliseconds(out, "wall_ms", one.wall_ms);
  AppendText(out, "problem", one.problem);
  out += '}';
}

void AppendWarnings(std::string& out, const std::vector<std::string>& warnings) {
  AppendKey(out, "warnings");
  out += '[';
  for (const std::string& warning : warnings) {
    if (out.back() != '[') out += ',';
    AppendJsonString(out, warning);
  }
  out += ']';
}

}  // namespace

http::Response ReadyReply(const ReadyState& state, ReadyDetail detail) {
  const auto is_ready = [](const LanguageReadiness& one) { return one.ready; };
  const bool ready = !state.draining && std::all_of(state.languages.begin(), state.languages.end(), is_ready);
  std::string body = "{";
  AppendBool(body, "ready", ready);
  AppendKey(body, "languages");
  body += '{';
  for (const LanguageReadiness& one : state.languages) AppendLanguage(body, one, detail);
  body += '}';
  if (detail == ReadyDetail::kAll) {
    AppendBool(body, "draining", state.draining);
    AppendWarnings(body, state.warnings);
  }
  body += '}';
  http::Response response;
  response.status = ready ? 200 : 503;
  response.content_type = http::kJson;
  response.body = std::move(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace sandgate::api

// SPDX-License-Identifier: Apache-2.0
#include "api/ready_reply.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "http/message.h"

namespace sandgate::api {

namespace json = boost::json;

namespace {

json::value ToJson(const LanguageReadiness& one, ReadyDetail detail) {
  if (detail == ReadyDetail::kNone) return one.ready;
  return json::object{{"ready", one.ready}, {"wall_ms", one.wall_ms}, {"problem", one.problem}};
}

}  // namespace

http::Response ReadyReply(const ReadyState& state, ReadyDetail detail) {
  const auto is_ready = [](const LanguageReadiness& one) { return one.ready; };
  const bool ready = !state.draining && std::all_of(state.languages.begin(), state.languages.end(), is_ready);
  json::object languages;
  for (const LanguageReadiness& one : state.languages) {
    languages[LanguageName(one.language)] = ToJson(one, detail);
  }
  json::object body{{"ready", ready}, {"languages", std::move(languages)}};
  if (detail == ReadyDetail::kAll) {
    body["draining"] = state.draining;
    json::array warnings;
    for (const std::string& warning : state.warnings) warnings.emplace_back(warning);
    body["warnings"] = std::move(warnings);
  }
  http::Response response;
  response.status = ready ? 200 : 503;
  response.content_type = http::kJson;
  response.body = json::serialize(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace sandgate::api

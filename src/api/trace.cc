// SPDX-License-Identifier: Apache-2.0
// See trace.h.
#include "api/trace.h"

#include <algorithm>

#include "base/text.h"

namespace sandgate::api {

namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::size_t kTraceparentSize = 3 + kTraceDigits + 1 + kSpanDigits + 1 + 2;
constexpr std::size_t kMaxField = 256;  // of a log field that the client chooses

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool IsTraceparent(std::string_view text) {
  return text.size() == kTraceparentSize && text.starts_with("00-") && IsHex(text.substr(3, kTraceDigits)) &&
         text[3 + kTraceDigits] == '-' && IsHex(text.substr(4 + kTraceDigits, kSpanDigits)) &&
         text[4 + kTraceDigits + kSpanDigits] == '-';
}

std::string Short(std::string_view text) { return std::string(text.substr(0, kMaxField)); }

}  // namespace

TraceIds ParseTraceparent(std::string_view traceparent) {
  if (!IsTraceparent(traceparent)) return {RandomHex(kTraceDigits / 2), RandomHex(kSpanDigits / 2)};
  return {std::string(traceparent.substr(3, kTraceDigits)),
          std::string(traceparent.substr(4 + kTraceDigits, kSpanDigits))};
}

RequestLog BeginLog(const http::Request& request) {
  RequestLog log;
  log.method = Short(request.method);
  log.path = Short(std::string_view(request.target).substr(0, request.target.find('?')));
  TraceIds ids = ParseTraceparent(request.header("traceparent"));
  log.trace_id = std::move(ids.trace_id);
  log.span_id = std::move(ids.span_id);
  log.user_id = Short(request.header("X-User-ID"));
  log.user_type = Short(request.header("X-User-Type"));
  return log;
}

}  // namespace sandgate::api

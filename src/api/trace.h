// SPDX-License-Identifier: Apache-2.0
// Who asked, and the record of what came of it: one RequestLog for each request, written as one log line.
// The trace headers only label that line; nothing is decided from them.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "run/result.h"

namespace sandgate::api {

// RequestLog::status of a client that did not wait for its answer.
inline constexpr unsigned kClientLeft = 499;

struct RequestLog {
  std::string method;
  std::string path;     // without the query
  unsigned status = 0;  // 499: the client left before there was an answer
  int code = 0;         // of the reply's envelope
  double duration_ms = 0;
  std::string trace_id;             // 32 hex digits
  std::string span_id;              // 16 hex digits
  std::string user_id;              // X-User-ID
  std::string user_type;            // X-User-Type
  std::string key;                  // the name of the API key; empty before it was checked
  std::string run_id;               // empty when nothing was run
  std::string outcome;              // of the run, or empty
  std::string language;             // "python3", "nodejs" or empty
  std::vector<std::string> denied;  // names of refused system calls, or of other layers
  std::string denials;              // the same in full, see DenialsForLog()
  std::string message;              // of the reply when it is an error
  std::optional<Usage> usage;       // of the run
  std::vector<std::pair<std::string, std::uint64_t>> calls;  // refused system calls by name, and how often
  std::string limit;                                         // that the run reached: "limits.memory_mb"
  std::string refused;  // why the request got no answer of its own (obs/metrics.h); empty: it got one
};

using RequestLogger = std::function<void(const RequestLog&)>;

// Ids from a traceparent header.
struct TraceIds {
  std::string trace_id;
  std::string span_id;
};

// The ids in `traceparent` when it has the form 00-{32 hex}-{16 hex}-{2 characters}, else random ones.
TraceIds ParseTraceparent(std::string_view traceparent);

// Method, path, ids and user of `request`; the rest is filled in later.
RequestLog BeginLog(const http::Request& request);

}  // namespace sandgate::api

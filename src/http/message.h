// SPDX-License-Identifier: Apache-2.0
// What goes over the wire: an answer as bytes, and the answer to a request that cannot be served.
// Used by session.cc for everything it sends and by api/ for its own errors.
#pragma once
#include <string>
#include <string_view>

#include "http/server.h"

namespace sandgate::http {

inline constexpr std::string_view kJson = "application/json; charset=utf-8";

// The JSON error body that all clients of this server know: {"code":`code`,"message":...,"data":null}.
Response ErrorResponse(unsigned status, int code, std::string_view message);

// How an answer is framed.
struct Framing {
  unsigned version = 11;    // of the request: 10 or 11
  bool keep_alive = false;  // the connection stays open after it
};

// Status line and header, with Content-Length, Date and Connection as `framing` wants them.
std::string HeadBytes(const Response& response, const Framing& framing);

}  // namespace sandgate::http

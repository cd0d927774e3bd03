// SPDX-License-Identifier: Apache-2.0
// See message.h. Lines are put together by hand: a Beast serializer would copy each body once more.
#include "http/message.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <ctime>

#include "base/text.h"

namespace sandgate::http {

namespace {

std::string HttpDate(std::time_t now) {
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return std::string(text, size);
}

std::string_view Reason(unsigned status) {
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {reason.data(), reason.size()};
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

Response ErrorResponse(unsigned status, int code, std::string_view message) {
  Response response;
  response.status = status;
  response.content_type = kJson;
  response.body = fmt::format("{{\"code\":{},\"message\":", code);
  AppendJsonString(response.body, message);
  response.body += ",\"data\":null}";
  return response;
}

std::string HeadBytes(const Response& response, const Framing& framing) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Length: {}\r\n", response.status,
                                 Reason(response.status), HttpDate(std::time(nullptr)), response.body.size());
  if (!response.content_type.empty()) head += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  if (!framing.keep_alive) {
    head += "Connection: close\r\n";
  } else if (framing.version < 11) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace sandgate::http

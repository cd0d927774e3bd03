// SPDX-License-Identifier: Apache-2.0
// See session.h. Deadlines are plain time points that the server compares when the nearest one has passed:
// arming one costs an assignment most often, and thousands of idle connections need no timer each.
// Parser, request and answer live in coroutines of their own, whose frames are gone while idle.
#include "http/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <exception>
#include <utility>

#include "base/text.h"
#include "http/watch.h"

namespace sandgate::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using namespace std::chrono_literals;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderLimit = 64u << 10;
// A trailer field has to fit as well: Beast throws where one is longer than a string of a header can be.
constexpr std::size_t kBufferLimit = kHeaderLimit;
constexpr std::size_t kWriteChunk = 256u << 10;
constexpr std::uint64_t kSlowestReader = 64u << 10;  // bytes per second that a client takes of an answer
constexpr auto kPatience = 2s;
constexpr std::uint64_t kSmallBody = 64u << 10;     // read and dropped to keep a connection alive
constexpr std::uint64_t kBodiesAtOnce = 16;         // of the largest size: all together may be as large
constexpr std::uint64_t kLingerBytes = 256u << 20;  // what a client may still send after the last answer
constexpr auto kLingerTime = 15s;
constexpr auto kAgain = 250ms;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

// Proxies send the absolute form (RFC 9112, 3.2.2); what follows the authority is the origin form.
std::string OriginForm(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (!beast::iequals(target.substr(0, kScheme.size()), kScheme)) return std::string(target);
  const std::size_t path = target.find_first_of("/?", kScheme.size());
  if (path == std::string_view::npos) return "/";
  return (target[path] == '?' ? "/" : "") + std::string(target.substr(path));
}

template <typename Header>
Request HeadOf(const Header& header) {
  Request request;
  request.method = std::string(header.method_string());
  request.target = OriginForm(header.target());
  for (const auto& field : header) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return request;
}

bool IsHttpError(error_code ec) {
  return ec.category() == beast::http::make_error_code(beast::http::error::bad_method).category();
}

// A body whose end cannot be told: what follows would be taken for the next request (RFC 9112, 6.1 and 6.3).
// HTTP/1.0 has no codings, and a proxy that speaks it would not look at them.
bool HasUnknownCoding(const beast::http::fields& message, unsigned version) {
  const auto codings = message.equal_range(beast::http::field::transfer_encoding);
  if (codings.first == codings.second) return false;
  if (version == 10) return true;
  const bool single = std::next(codings.first) == codings.second;
  const bool has_length = message.count(beast::http::field::content_length) > 0;
  return !single || has_length || !beast::iequals(codings.first->value(), "chunked");
}

}  // namespace

Session::Session(Hub& hub, asio::ip::tcp::socket socket)
    : hub_(hub), socket_(std::move(socket)), buffer_(kBufferLimit) {
  hub_.sessions.insert(this);
}

Session::~Session() {
  CountBody(0);
  hub_.sessions.erase(this);
  hub_.session_ended.cancel();
}

void Session::Arm(Clock::duration time) {
  deadline_ = Clock::now() + time;
  timed_out_ = false;
  if (deadline_ < hub_.next_look.expiry()) hub_.next_look.expires_at(deadline_);
}

void Session::Disarm() { deadline_ = Clock::time_point::max(); }

void Session::CheckDeadline(Clock::time_point now) {
  if (now < deadline_) return;
  deadline_ = now + kAgain;  // where what it waited for had just ended, until it waits again
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Session::Close() {
  error_code ignored;
  socket_.close(ignored);
}

bool Session::IsStuck(Clock::time_point now) const {
  return phase_ == Phase::kWriting && socket_.is_open() && behind_since_ &&
         now - *behind_since_ > kPatience && Pace(now) < static_cast<double>(kSlowestReader);
}

double Session::Pace(Clock::time_point now) const {
  return static_cast<double>(taken_) / std::chrono::duration<double>(now - *behind_since_).count();
}

bool Session::HasInput() const {
  error_code ignored;
  return socket_.available(ignored) > 0;
}

asio::awaitable<void> Session::Run() {
  // g++ 12 miscompiles co_await in a condition, so results get names.
  bool open = true;
  while (open) {
    open = co_await WaitForRequest();
    if (open) open = co_await ServeOne();
  }
}

// False when there will be none: the client left, was idle for too long, or the server drains.
asio::awaitable<bool> Session::WaitForRequest() {
  if (buffer_.size() > 0) co_return true;
  buffer_.shrink_to_fit();
  phase_ = Phase::kIdle;
  waiting_since_ = Clock::now();
  behind_since_.reset();
  if (hub_.draining && !HasInput()) co_return false;
  Arm(hub_.options.idle_timeout);
  const auto [ec] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, kTuple);
  Disarm();
  co_return !ec;
}

// False when the connection is to be closed.
asio::awaitable<bool> Session::ServeOne() {
  Incoming incoming = co_await ReadRequest();
  phase_ = Phase::kServing;
  std::optional<Response> response = std::move(incoming.refusal);
  if (incoming.request) {
    Request request = std::move(*incoming.request);
    incoming.request.reset();
    response = co_await Handle(std::move(request), incoming.framing.version);
  }
  if (!response) co_return false;
  if (hub_.draining) incoming.framing.keep_alive = false;
  const bool sent = co_await Send(std::move(*response), incoming);
  if (!sent) co_return false;
  if (incoming.framing.keep_alive) co_return true;
  if (incoming.more_input || HasInput()) co_await Linger();
  co_return false;
}

asio::awaitable<Session::Incoming> Session::ReadRequest() {
  Incoming incoming;
  Parser parser;
  parser.header_limit(kHeaderLimit);
  parser.body_limit(boost::none);
  phase_ = Phase::kReading;
  waiting_since_ = Clock::now();
  Arm(hub_.options.header_timeout);
  const auto [ec, bytes] = co_await beast::http::async_read_header(socket_, buffer_, parser, kTuple);
  Disarm();
  if (ec) {
    incoming.refusal = FailureOf(ec, Request());
    incoming.more_input = true;
    co_return incoming;
  }
  incoming.request = HeadOf(parser.get());
  incoming.framing = {parser.get().version(), parser.keep_alive()};
  incoming.is_head = incoming.request->method == "HEAD";
  CheckHead(parser, incoming);
  co_await ReadBody(parser, incoming);
  if (incoming.refusal) incoming.request.reset();
  co_return incoming;
}

// Refuses what the header alone makes impossible.
void Session::CheckHead(const Parser& parser, Incoming& incoming) const {
  const unsigned version = incoming.framing.version;
  if (version != 10 && version != 11) {
    incoming.refusal = Refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here", *incoming.request);
    incoming.framing = Framing();
    return;
  }
  if (version == 11 && parser.get().count(beast::http::field::host) != 1) {  // RFC 9112, 3.2
    incoming.refusal = Refuse(400, "a request of HTTP/1.1 has one Host header", *incoming.request);
    incoming.framing = Framing();
    return;
  }
  if (HasUnknownCoding(parser.get(), version)) {
    incoming.refusal = Refuse(501, "Transfer-Encoding: only chunked is understood, and not with HTTP/1.0",
                              *incoming.request);
    incoming.framing = Framing();
    return;
  }
  if (hub_.options.precheck) incoming.refusal = hub_.options.precheck(*incoming.request);
  if (!incoming.refusal && parser.content_length().value_or(0) > hub_.options.max_body_bytes) {
    incoming.refusal = FailureOf(beast::http::error::body_limit, *incoming.request);
  }
}

// Reads the body into incoming.request, or sets incoming.refusal. A short body of a refused request is
// read too, so that the connection can stay open.
asio::awaitable<void> Session::ReadBody(Parser& parser, Incoming& incoming) {
  if (parser.is_done()) co_return;
  Request& request = *incoming.request;
  const bool expects = EqualsIgnoreCase(request.header("Expect"), "100-continue");
  const bool is_short = !parser.chunked() && parser.content_length().value_or(0) <= kSmallBody;
  if (incoming.refusal && (expects || !is_short)) {
    incoming.framing.keep_alive = false;
    incoming.more_input = true;
    co_return;
  }
  // A client that sends part of the body at once does not wait for the interim answer.
  Arm(hub_.options.body_timeout);
  if (expects && incoming.framing.version == 11 && buffer_.size() == 0) {
    co_await Write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  parser.body_limit(hub_.options.max_body_bytes);
  const error_code ec = co_await ReadRest(parser);
  Disarm();
  CountBody(0);
  if (!ec) {
    request.body = std::move(parser.get().body());
    co_return;
  }
  if (!incoming.refusal) incoming.refusal = FailureOf(ec, request);
  incoming.request.reset();
  incoming.framing.keep_alive = false;
  incoming.more_input = true;
}

asio::awaitable<error_code> Session::ReadRest(Parser& parser) {
  while (!parser.is_done()) {
    const auto [ec, bytes] = co_await beast::http::async_read_some(socket_, buffer_, parser, kTuple);
    if (ec) co_return ec;
    if (!CountBody(parser.get().body().size())) co_return asio::error::no_buffer_space;
  }
  co_return error_code();
}

// Notes the size of the body that is being read; 0: none is. Where all of them together are too large, the
// one that has taken longest goes: a client that has sent nearly all of it and stops holds what others could
// use. False where that is this one.
bool Session::CountBody(std::uint64_t bytes) {
  hub_.body_bytes += bytes - std::exchange(body_bytes_, bytes);
  while (bytes > 0 && hub_.body_bytes > kBodiesAtOnce * hub_.options.max_body_bytes) {
    Session* slowest = this;
    for (Session* session : hub_.sessions) {
      if (session->body_bytes_ > kSmallBody && session->waiting_since_ < slowest->waiting_since_)
        slowest = session;
    }
    if (slowest == this) return false;
    slowest->CountBody(0);
    slowest->Close();
  }
  return true;
}

// The answer to a request that could not be read, or nothing when nobody is left to read an answer.
std::optional<Response> Session::FailureOf(error_code ec, const Request& request) const {
  using beast::http::error;
  if (ec == asio::error::no_buffer_space)
    return Refuse(503, "too many large requests arrive at once", request);
  if (timed_out_) return Refuse(408, "the request did not arrive in time", request);
  if (ec == error::header_limit || ec == error::buffer_overflow) {
    return Refuse(431, fmt::format("request header larger than {} bytes", kHeaderLimit), request);
  }
  if (ec == error::body_limit) {
    return Refuse(
        413,
        fmt::format("request body larger than {} bytes (server.max_body_bytes)", hub_.options.max_body_bytes),
        request);
  }
  if (ec == error::end_of_stream || !IsHttpError(ec)) return std::nullopt;
  return Refuse(400, fmt::format("malformed HTTP request: {}", ec.message()), request);
}

Response Session::Refuse(unsigned status, std::string_view message, const Request& request) const {
  if (hub_.options.on_refused) {
    hub_.options.on_refused(Refusal{status, request.method, request.target, std::string(message)});
  }
  return ErrorResponse(status, -static_cast<int>(status), message);
}

// The handler's answer, or nothing when the client has gone meanwhile.
asio::awaitable<std::optional<Response>> Session::Handle(Request request, unsigned version) {
  const auto executor = co_await asio::this_coro::executor;
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, hub_.handler(std::move(request)), asio::deferred),
      asio::co_spawn(executor, WaitForDeparture(socket_, version), asio::deferred));
  auto [order, failure, response, watch_failure] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] != 0) {
    if (response.after) response.after();
    co_return std::nullopt;
  }
  if (!failure) co_return std::optional<Response>(std::move(response));
  std::string message = "unknown error";
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    message = error.what();
  } catch (...) {
  }
  co_return std::optional<Response>(ErrorResponse(500, -500, message));
}

asio::awaitable<bool> Session::Send(Response response, const Incoming& incoming) {
  std::string head = HeadBytes(response, incoming.framing);
  if (incoming.is_head) response.body.clear();
  if (response.body.size() <= kWriteChunk) {
    head += response.body;
    response.body.clear();
  }
  // What the client has room for; when it reads the rest is its own business.
  error_code failed;
  const std::size_t written = socket_.write_some(asio::buffer(head), failed);
  if (response.after) response.after();
  if (failed && failed != asio::error::would_block) co_return false;
  const std::size_t left = head.size() - written + response.body.size();
  if (left == 0) {
    taken_ += written;
    co_return true;
  }
  phase_ = Phase::kWriting;
  if (!behind_since_) {
    behind_since_ = Clock::now();
    taken_ = 0;
  }
  Arm(hub_.options.body_timeout + std::chrono::seconds(left / kSlowestReader));
  bool sent = co_await Write(std::string_view(head).substr(written));
  if (sent) sent = co_await Write(response.body);
  Disarm();
  co_return sent;
}

// False when the client has gone, or the deadline has passed.
asio::awaitable<bool> Session::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto chunk = asio::buffer(bytes.data(), std::min(bytes.size(), kWriteChunk));
    const auto [ec, written] = co_await socket_.async_write_some(chunk, kTuple);
    if (ec) co_return false;
    taken_ += written;
    bytes.remove_prefix(written);
  }
  co_return true;
}

// Closes the sending half and drops what still arrives: closing a socket with unread bytes sends a reset,
// which would destroy the answer before the client has read it.
asio::awaitable<void> Session::Linger() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  buffer_.clear();
  phase_ = Phase::kReading;
  waiting_since_ = Clock::now();
  std::vector<char> dropped(16u << 10);
  Arm(kLingerTime);
  for (std::uint64_t total = 0; total < kLingerBytes;) {
    const auto [ec, count] = co_await socket_.async_read_some(asio::buffer(dropped), kTuple);
    if (ec) break;
    total += count;
  }
  Disarm();
}

}  // namespace sandgate::http

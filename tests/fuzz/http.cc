// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a client sends over one connection, to the session of the server as it is, over a pair of
// local sockets: it answers in HTTP, keeps its limits and ends when the client has said all.
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>

#include "check.h"
#include "http/session.h"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol::socket;
using namespace sandgate;

constexpr std::size_t kMaxBody = 1000;
constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);

asio::awaitable<http::Response> Answer(http::Request request) {
  fuzz::Check(request.body.size() <= kMaxBody, "a body is not larger than allowed");
  fuzz::Check(!request.method.empty(), "a request has a method");
  http::Response response;
  response.body = std::to_string(request.headers.size());
  response.headers.emplace_back("X-Accept", std::string(request.header("accept")));
  co_return response;
}

asio::awaitable<void> Serve(http::Hub& hub, tcp::socket socket) {
  http::Session session(hub, std::move(socket));
  co_await session.Run();
}

asio::awaitable<void> Send(Local& socket, std::string_view bytes) {
  co_await asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()), kNoError);
  boost::system::error_code ignored;
  socket.shutdown(Local::shutdown_send, ignored);
}

asio::awaitable<void> Receive(Local& socket, std::string& answers) {
  std::array<char, 4096> buffer;
  for (;;) {
    const auto [error, count] = co_await socket.async_read_some(asio::buffer(buffer), kNoError);
    if (error) co_return;
    answers.append(buffer.data(), count);
  }
}

void Rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static asio::io_context io;
  io.restart();
  int ends[2];
  fuzz::Check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "there are sockets");
  http::ServerOptions options;
  options.max_body_bytes = kMaxBody;
  http::Hub hub(io, options, Answer);
  Local client(io, asio::local::stream_protocol(), ends[0]);
  std::string answers;
  asio::co_spawn(io, Serve(hub, tcp::socket(io, tcp::v4(), ends[1])), Rethrow);
  asio::co_spawn(io, Send(client, fuzz::Text(data, size)), Rethrow);
  asio::co_spawn(io, Receive(client, answers), Rethrow);
  io.run();
  fuzz::Check(hub.sessions.empty(), "the session has ended");
  fuzz::Check(answers.empty() || answers.starts_with("HTTP/1.1 "), "the answer is HTTP");
  return 0;
}

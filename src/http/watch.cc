// SPDX-License-Identifier: Apache-2.0
// See watch.h. What the client did is read from the TCP state, which shows a FIN even behind bytes that
// nobody has read yet; it is looked at on a timer, and only after the socket has become readable.
#include "http/watch.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <string_view>

namespace sandgate::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto kPoll = 100ms;
constexpr auto kGrace = 500ms;  // what a quick handler gets to answer a client that closed its half
constexpr int kPollsPerProbe = 20;
constexpr std::string_view kProbe = "HTTP/1.1 102 Processing\r\n\r\n";

enum class Peer { kThere, kHalfClosed, kGone };

Peer LookAt(tcp::socket& socket) {
  if (!socket.is_open()) return Peer::kGone;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return Peer::kThere;
  if (info.tcpi_state == TCP_CLOSE_WAIT) return Peer::kHalfClosed;
  return info.tcpi_state == TCP_ESTABLISHED ? Peer::kThere : Peer::kGone;
}

// False when the interim answer cannot be sent whole.
bool Probe(tcp::socket& socket) {
  const ssize_t sent =
      ::send(socket.native_handle(), kProbe.data(), kProbe.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(kProbe.size());
}

}  // namespace

asio::awaitable<void> WaitForDeparture(tcp::socket& socket, unsigned version) {
  const auto [ec] = co_await socket.async_wait(tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
  if (ec) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (LookAt(socket) == Peer::kThere) {
    timer.expires_after(kPoll);
    co_await timer.async_wait(asio::use_awaitable);
  }
  timer.expires_after(kGrace);
  co_await timer.async_wait(asio::use_awaitable);
  if (version < 11) co_return;
  for (int polls = 0; LookAt(socket) == Peer::kHalfClosed; ++polls) {
    if (polls % kPollsPerProbe == 0 && !Probe(socket)) co_return;
    timer.expires_after(kPoll);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace sandgate::http

// SPDX-License-Identifier: Apache-2.0
// See listen.h.
#include "http/listen.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <cerrno>

#include "base/error.h"

namespace sandgate::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string Hint(int errno_value) {
  switch (errno_value) {
    case EADDRINUSE:
      return "another program has this port: stop it, or choose another port with app.port (SANDBOX_PORT)";
    case EADDRNOTAVAIL:
      return "no network interface here has this address: check server.address";
    case EACCES:
      return "ports below 1024 need the capability CAP_NET_BIND_SERVICE: choose another port with app.port "
             "(SANDBOX_PORT)";
    default:
      return "check server.address and app.port (SANDBOX_PORT)";
  }
}

std::string Place(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

}  // namespace

void SetCloseOnExec(int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

tcp::acceptor Listen(asio::io_context& io, const std::string& address, std::uint16_t port) {
  boost::system::error_code ec;
  const asio::ip::address ip = asio::ip::make_address(address, ec);
  if (ec) {
    throw Error(fmt::format("cannot listen on {}: not an IP address; set server.address to one such as "
                            "0.0.0.0, 127.0.0.1 or ::",
                            Place(address, port)),
                EINVAL);
  }
  const tcp::endpoint endpoint(ip, port);
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) SetCloseOnExec(acceptor.native_handle());
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) {
    throw Error(fmt::format("cannot listen on {}: {}; {}", Place(address, port), ErrnoText(ec.value()),
                            Hint(ec.value())),
                ec.value());
  }
  return acceptor;
}

Fd ReserveOtherVersion(const tcp::endpoint& of_server) {
  const bool other_is_v6 = of_server.address().is_v4();
  const tcp::endpoint other(other_is_v6 ? tcp::v6() : tcp::v4(), of_server.port());
  Fd fd(::socket(other.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return Fd();
  const int only = 1;
  if (other_is_v6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
  // Without SO_REUSEADDR nobody else can bind it, whatever they set.
  return ::bind(fd.get(), other.data(), static_cast<socklen_t>(other.size())) == 0 ? std::move(fd) : Fd();
}

// shutdown(2) ends the listening, and the address stays bound as bind(2) has chosen it. Another socket with
// SO_REUSEADDR could share it with one that does not listen, unless this one lacks it.
Fd StopListening(tcp::acceptor& acceptor) {
  boost::system::error_code ignored;
  acceptor.set_option(tcp::acceptor::reuse_address(false), ignored);
  Fd kept(::fcntl(acceptor.native_handle(), F_DUPFD_CLOEXEC, 0));
  if (kept) ::shutdown(kept.get(), SHUT_RD);
  acceptor.close(ignored);
  return kept;
}

}  // namespace sandgate::http

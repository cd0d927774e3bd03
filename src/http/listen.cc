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
      return "another program has this port, or a server that still drains: stop it, or choose another port "
             "with app.port (SANDBOX_PORT)";
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

// shutdown(2) ends the listening, and the address stays bound as bind(2) has chosen it. Another socket with
// SO_REUSEADDR could share it with one that does not listen, unless this one lacks it.
Fd Keep(Fd listener) {
  const int off = 0;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &off, sizeof(off));
  ::shutdown(listener.get(), SHUT_RD);
  return listener;
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
  const int on = 1;
  if (other_is_v6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on,
               sizeof(on));  // whatever an earlier server has left there
  // Having listened, it shares the address with nobody; without, with whoever sets SO_REUSEADDR.
  const bool has_it =
      ::bind(fd.get(), other.data(), static_cast<socklen_t>(other.size())) == 0 && ::listen(fd.get(), 0) == 0;
  return has_it ? Keep(std::move(fd)) : Fd();
}

Fd StopListening(tcp::acceptor& acceptor) {
  boost::system::error_code ignored;
  return Keep(Fd(acceptor.release(ignored)));
}

}  // namespace sandgate::http

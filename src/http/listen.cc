// SPDX-License-Identifier: Apache-2.0
// See listen.h.
#include "http/listen.h"

#include <fcntl.h>
#include <fmt/format.h>

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

}  // namespace sandgate::http

// SPDX-License-Identifier: Apache-2.0
// Opens the listening socket. Called once, by Server's constructor.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

namespace sandgate::http {

// A listening socket on `address`, an IPv4 or IPv6 address in text; port 0 lets the kernel choose. Throws
// Error "cannot listen on ADDRESS:PORT: ..." with a hint for the usual causes.
boost::asio::ip::tcp::acceptor Listen(boost::asio::io_context& io, const std::string& address,
                                      std::uint16_t port);

// Keeps `fd` out of programs that this process starts.
void SetCloseOnExec(int fd);

}  // namespace sandgate::http

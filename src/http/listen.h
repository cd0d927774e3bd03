// SPDX-License-Identifier: Apache-2.0
// Opens the listening socket. Called once, by Server's constructor.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "base/fd.h"

namespace sandgate::http {

// A listening socket on `address`, an IPv4 or IPv6 address in text; port 0 lets the kernel choose. Throws
// Error "cannot listen on ADDRESS:PORT: ..." with a hint for the usual causes.
boost::asio::ip::tcp::acceptor Listen(boost::asio::io_context& io, const std::string& address,
                                      std::uint16_t port);

// A run with the network shares that of the server, and could listen where clients, who send their keys, look
// for the server. Two places where it then cannot, each as long as the result is open:

// The port at the wildcard address of the other version of IP, where nobody listens: "localhost" is both.
// Empty where it cannot be had: by a machine without that version, or where somebody has it.
Fd ReserveOtherVersion(const boost::asio::ip::tcp::endpoint& of_server);
// Where the acceptor listens, without taking connections any more. Not kept where the kernel has chosen the
// port.
Fd StopListening(boost::asio::ip::tcp::acceptor& acceptor);

// Keeps `fd` out of programs that this process starts.
void SetCloseOnExec(int fd);

}  // namespace sandgate::http

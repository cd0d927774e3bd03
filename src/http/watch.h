// SPDX-License-Identifier: Apache-2.0
// Is the client still there? Runs beside a handler, so that the work for a client that has gone can be
// ended. The end of the client's stream alone does not tell: a client may close its sending half and wait
// for the answer. Writing an interim answer tells: the kernel of a client that is gone replies with a reset.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace sandgate::http {

// Returns when the client of `socket` has gone or the socket was closed here; `version` is that of the
// request, 10 or 11. Reads nothing: bytes of a next request stay where they are. `socket` must outlive it.
boost::asio::awaitable<void> WaitForDeparture(boost::asio::ip::tcp::socket& socket, unsigned version);

}  // namespace sandgate::http

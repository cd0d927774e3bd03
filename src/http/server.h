// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server on one io_context: listening, limits, keep-alive, draining. Knows nothing of runs.
// Runs in the server process; everything happens on the one thread that runs the io_context, so there
// are no locks. A connection that waits for its next request holds a socket and little else.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sandgate::http {

struct Request {
  std::string method;
  std::string target;  // as sent: path and query
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // The first header of that name (compared without case), or "".
  std::string_view header(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  std::string content_type;  // empty: no Content-Type header
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // Called once, when the answer, or as much of it as the client has room for, has been sent, or could not
  // be. May be empty.
  std::function<void()> after;
};

// Answers one request, which it owns and may empty early. Is cancelled (asio cancellation, terminal) when
// the client has gone. What it throws is answered with status 500 and the exception's text.
using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

// Looks at a request whose body has not been read yet. An answer ends the request without its body: so a
// client without the key cannot make the server hold megabytes.
using Precheck = std::function<std::optional<Response>(const Request&)>;

// A request that was answered before it reached the handler because it was broken, slow or too large.
struct Refusal {
  unsigned status = 0;
  std::string method;  // empty when the header could not be read
  std::string target;
  std::string message;
};

struct ServerOptions {
  std::string address = "0.0.0.0";
  std::uint16_t port = 0;  // 0: the kernel chooses
  std::uint64_t max_body_bytes = 32u << 20;
  std::chrono::seconds header_timeout{10};  // from the first byte of a request to the end of its header
  // For the whole body, and for a whole answer to be taken: there one more for each 64 KiB.
  std::chrono::seconds body_timeout{60};
  std::chrono::seconds idle_timeout{75};  // without a request under way
  bool keep_port = false;  // from everybody else, for both versions of IP and while it drains (listen.h)
  // When reached, the one that waits for longest is closed, else the one that takes answers most slowly.
  std::size_t max_connections = 4096;
  Precheck precheck;                               // may be empty
  std::function<void(const Refusal&)> on_refused;  // may be empty
  // With the reason why connections cannot be had, once a minute; may be empty.
  std::function<void(const std::string& reason)> on_unaccepted;
};

class Server {
 public:
  // Binds and listens. Throws Error naming address and port when they cannot be had.
  Server(boost::asio::io_context& io, const ServerOptions& options, Handler handler);
  // Closes the listener and all connections.
  ~Server();

  std::uint16_t port() const;
  // Begins to accept, on the io_context.
  void Start();
  // Stops accepting, closes idle connections, and waits for requests under way: until all have been answered,
  // for at most `limit`, or until EndDraining().
  boost::asio::awaitable<void> Drain(std::chrono::seconds limit);
  void EndDraining();
  // After Drain(). What is answered within two seconds is still sent; then handlers are cancelled and all
  // connections closed. No handler runs when it returns, except one that did not end within two seconds of
  // being cancelled.
  boost::asio::awaitable<void> Close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sandgate::http

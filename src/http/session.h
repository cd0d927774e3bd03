// SPDX-License-Identifier: Apache-2.0
// One connection: reads requests one after the other, hands each to the handler, writes the answer.
// Server starts one per accepted socket; Hub is what all of them share.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "http/message.h"
#include "http/server.h"

namespace sandgate::http {

class Session;

// What the connections of one server share. Touched on the io_context's thread only.
struct Hub {
  Hub(boost::asio::io_context& io, ServerOptions server_options, Handler request_handler)
      : options(std::move(server_options)),
        handler(std::move(request_handler)),
        session_ended(io),
        next_look(io) {}

  ServerOptions options;
  Handler handler;
  bool draining = false;
  std::unordered_set<Session*> sessions;
  std::uint64_t body_bytes = 0;             // of all bodies that are being read
  boost::asio::steady_timer session_ended;  // waits on it are cut short when a session ends
  boost::asio::steady_timer next_look;      // at the deadlines; expires when one may have passed
};

class Session {
 public:
  using Clock = std::chrono::steady_clock;

  // Registers itself in `hub`, which must outlive it.
  Session(Hub& hub, boost::asio::ip::tcp::socket socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Serves the connection until it ends. Throws nothing but what means a bug or no memory.
  boost::asio::awaitable<void> Run();

  // Ends what the session waits for when its deadline has passed. Called by the server when Hub::next_look
  // has expired.
  void CheckDeadline(Clock::time_point now);
  // Far in the future where it waits for nothing.
  Clock::time_point deadline() const { return deadline_; }
  // Ends the connection; a handler under way is cancelled.
  void Close();
  // Waits for the first byte of a request.
  bool IsIdle() const { return phase_ == Phase::kIdle && socket_.is_open(); }
  // Waits for a request, or for the rest of one: nothing of ours is lost when it ends.
  bool IsWaiting() const {
    return (phase_ == Phase::kIdle || phase_ == Phase::kReading) && socket_.is_open();
  }
  // Its client takes answers, the last one or ones before it, more slowly than clients of good will do.
  bool IsStuck(Clock::time_point now) const;
  // Bytes have arrived that it has not read. Costs a system call.
  bool HasInput() const;
  Clock::time_point waiting_since() const { return waiting_since_; }
  // Bytes a second that its client has taken since it did not take all that there was.
  double Pace(Clock::time_point now) const;

 private:
  enum class Phase { kIdle, kReading, kServing, kWriting };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  // A request, or why there is none.
  struct Incoming {
    std::optional<Request> request;   // to be handled
    std::optional<Response> refusal;  // to be sent instead
    Framing framing;                  // keep_alive: may stay open after the answer
    bool is_head = false;
    bool more_input = false;  // bytes of this request have not been read
  };

  boost::asio::awaitable<bool> WaitForRequest();
  boost::asio::awaitable<bool> ServeOne();
  boost::asio::awaitable<Incoming> ReadRequest();
  void CheckHead(const Parser& parser, Incoming& incoming) const;
  boost::asio::awaitable<void> ReadBody(Parser& parser, Incoming& incoming);
  boost::asio::awaitable<boost::system::error_code> ReadRest(Parser& parser);
  bool CountBody(std::uint64_t bytes);
  boost::asio::awaitable<std::optional<Response>> Handle(Request request, unsigned version);
  boost::asio::awaitable<bool> Send(Response response, const Incoming& incoming);
  boost::asio::awaitable<bool> Write(std::string_view bytes);
  boost::asio::awaitable<void> Linger();

  Response Refuse(unsigned status, std::string_view message, const Request& request) const;
  std::optional<Response> FailureOf(boost::system::error_code ec, const Request& request) const;
  void Arm(Clock::duration time);
  void Disarm();

  Hub& hub_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;  // bytes read and not yet parsed; empty while idle
  Clock::time_point deadline_ = Clock::time_point::max();
  Phase phase_ = Phase::kIdle;
  Clock::time_point waiting_since_ = Clock::now();
  std::optional<Clock::time_point> behind_since_;  // its client does not take all that there is
  std::uint64_t taken_ = 0;                        // bytes since then
  std::uint64_t body_bytes_ = 0;
  bool timed_out_ = false;
};

}  // namespace sandgate::http

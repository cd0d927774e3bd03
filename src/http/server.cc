// SPDX-License-Identifier: Apache-2.0
// See server.h: the accept loop, the look at deadlines, draining. One connection is session.cc.
#include "http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "http/listen.h"
#include "http/session.h"

namespace sandgate::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kBetweenLooks = 250ms;   // between two looks at all deadlines, at least
constexpr auto kAcceptPause = 50ms;     // after accept() failed for want of descriptors or memory
constexpr auto kBetweenTellings = 60s;  // of connections that cannot be accepted
constexpr auto kLastAnswers = 2s;       // what handlers get to answer when draining has ended
constexpr auto kAfterCancel = 2s;       // what cancelled handlers get to end
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

// Runs need descriptors too: connections take at most half of what the process may open.
std::size_t ConnectionLimit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  return std::clamp<std::size_t>(limit.rlim_cur / 2, 1, wanted);
}

std::vector<Session*> Snapshot(const Hub& hub) { return {hub.sessions.begin(), hub.sessions.end()}; }

// Closes the connection that has waited for longest for a request or the rest of one, unless its next request
// has just arrived; where none waits, the one whose client takes answers most slowly.
void Evict(Hub& hub) {
  const auto now = Session::Clock::now();
  Session* oldest = nullptr;
  Session* slowest = nullptr;
  for (Session* session : hub.sessions) {
    if (session->IsWaiting() && (!oldest || session->waiting_since() < oldest->waiting_since()))
      oldest = session;
    if (session->IsStuck(now) && (!slowest || session->Pace(now) < slowest->Pace(now))) slowest = session;
  }
  if (!oldest) oldest = slowest;
  if (oldest && !(oldest->IsIdle() && oldest->HasInput())) oldest->Close();
}

void PrepareSocket(tcp::socket& socket) {
  error_code ignored;
  SetCloseOnExec(socket.native_handle());
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
}

// Waits until a session ends, or until `until`.
asio::awaitable<void> AwaitSessionEnd(Hub& hub, std::chrono::steady_clock::time_point until) {
  hub.session_ended.expires_at(until);
  co_await hub.session_ended.async_wait(kTuple);
}

asio::awaitable<void> AwaitAllSessions(Hub& hub, std::chrono::seconds limit) {
  const auto until = Session::Clock::now() + limit;
  while (!hub.sessions.empty() && Session::Clock::now() < until) co_await AwaitSessionEnd(hub, until);
}

}  // namespace

struct Server::State {
  State(asio::io_context& context, const ServerOptions& options, Handler handler)
      : io(context),
        hub(context, options, std::move(handler)),
        acceptor(Listen(context, options.address, options.port)),
        port(acceptor.local_endpoint().port()),
        reserved{options.keep_port ? ReserveOtherVersion(acceptor.local_endpoint()) : Fd(), Fd()},
        max_connections(ConnectionLimit(options.max_connections)) {}

  asio::io_context& io;
  Hub hub;
  tcp::acceptor acceptor;
  std::uint16_t port;
  std::array<Fd, 2> reserved;  // addresses that are nobody else's as long as this lives
  std::size_t max_connections;
  bool stopped = false;
  bool ended = false;  // the draining, whoever is still served
  Session::Clock::time_point tell_again{};

  static asio::awaitable<void> Accept(std::shared_ptr<State> self);
  static asio::awaitable<void> WatchDeadlines(std::shared_ptr<State> self);
  static asio::awaitable<void> Connection(std::shared_ptr<State> self, tcp::socket socket);
  bool IsFull() const { return hub.sessions.size() >= max_connections; }
  void TellUnaccepted(const error_code& ec) {
    const auto now = Session::Clock::now();
    if (now < tell_again || !hub.options.on_unaccepted) return;
    tell_again = now + kBetweenTellings;
    hub.options.on_unaccepted(ec.message());
  }
  void CloseListener() {
    if (!acceptor.is_open()) return;
    Fd kept = StopListening(acceptor);
    if (hub.options.keep_port) reserved[1] = std::move(kept);
  }
};

asio::awaitable<void> Server::State::Accept(std::shared_ptr<State> self) {
  while (self->acceptor.is_open()) {
    error_code ec;
    bool is_full = self->IsFull();
    if (is_full) {
      co_await self->acceptor.async_wait(tcp::acceptor::wait_read, kTuple);
      is_full = self->IsFull();
    } else {
      tcp::socket socket(self->io);
      std::tie(ec) = co_await self->acceptor.async_accept(socket, kTuple);
      if (!ec) {
        PrepareSocket(socket);
        asio::co_spawn(self->io, Connection(self, std::move(socket)), asio::detached);
      }
    }
    const bool failed = ec && ec != asio::error::connection_aborted;
    if ((!is_full && !failed) || !self->acceptor.is_open()) continue;
    if (failed) self->TellUnaccepted(ec);
    Evict(self->hub);
    co_await AwaitSessionEnd(self->hub, Session::Clock::now() + kAcceptPause);
  }
}

asio::awaitable<void> Server::State::Connection(std::shared_ptr<State> self, tcp::socket socket) {
  try {
    Session session(self->hub, std::move(socket));
    co_await session.Run();
  } catch (const std::exception&) {
    // No memory for this request, or the io_context is ending: the socket is closed, the server goes on.
  }
}

// Woken at the nearest deadline, or where a session has set a nearer one.
asio::awaitable<void> Server::State::WatchDeadlines(std::shared_ptr<State> self) {
  Hub& hub = self->hub;
  while (!self->stopped) {
    const auto now = Session::Clock::now();
    auto next = Session::Clock::time_point::max();
    for (Session* session : Snapshot(hub)) {
      session->CheckDeadline(now);
      next = std::min(next, session->deadline());
    }
    hub.next_look.expires_at(std::max(next, now + kBetweenLooks));
    co_await hub.next_look.async_wait(kTuple);
  }
}

Server::Server(asio::io_context& io, const ServerOptions& options, Handler handler)
    : state_(std::make_shared<State>(io, options, std::move(handler))) {}

Server::~Server() {
  state_->stopped = true;
  state_->hub.draining = true;
  state_->CloseListener();
  state_->hub.next_look.cancel();
  for (Session* session : Snapshot(state_->hub)) session->Close();
}

std::uint16_t Server::port() const { return state_->port; }

void Server::Start() {
  asio::co_spawn(state_->io, State::Accept(state_), asio::detached);
  asio::co_spawn(state_->io, State::WatchDeadlines(state_), asio::detached);
}

asio::awaitable<void> Server::Drain(std::chrono::seconds limit) {
  const std::shared_ptr<State> state = state_;
  Hub& hub = state->hub;
  hub.draining = true;
  state->CloseListener();
  for (Session* session : Snapshot(hub)) {
    if (session->IsIdle() && !session->HasInput()) session->Close();
  }
  const auto give_up = Session::Clock::now() + limit;
  while (!state->ended && !hub.sessions.empty() && Session::Clock::now() < give_up) {
    co_await AwaitSessionEnd(hub, give_up);
  }
}

void Server::EndDraining() {
  state_->ended = true;
  state_->hub.session_ended.cancel();
}

asio::awaitable<void> Server::Close() {
  const std::shared_ptr<State> state = state_;
  co_await AwaitAllSessions(state->hub, kLastAnswers);
  for (Session* session : Snapshot(state->hub)) session->Close();
  co_await AwaitAllSessions(state->hub, kAfterCancel);
}

}  // namespace sandgate::http

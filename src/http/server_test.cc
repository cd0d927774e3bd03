// SPDX-License-Identifier: Apache-2.0
// The server against raw sockets: it runs on a thread of its own, the test is the client. Timeouts are one
// second, the shortest that the options can say; no test measures how long something took.
#include "http/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <thread>

#include "base/error.h"
#include "base/fd.h"

namespace sandgate::http {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Answers with method, target and body; /throw throws; /wait waits until it is cancelled or told to go on.
class ServerTest : public ::testing::Test {
 protected:
  void Start(ServerOptions options) {
    options.address = "127.0.0.1";
    options.header_timeout = options.body_timeout = std::chrono::seconds(1);
    server_ = std::make_unique<Server>(io_, options,
                                       [this](Request request) { return Answer(std::move(request)); });
    server_->Start();
    thread_ = std::thread([this] { io_.run(); });
  }
  void SetUp() override { Start(ServerOptions{.max_body_bytes = 1000}); }
  void TearDown() override {
    asio::post(io_, [this] {
      server_.reset();
      io_.stop();
    });
    thread_.join();
  }

  awaitable<Response> Answer(Request request) {
    if (request.target == "/throw") throw std::runtime_error("it \"broke\"");
    if (request.target == "/wait") co_await WaitToGoOn();
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.target + " " + request.body;
    co_return response;
  }

  awaitable<void> WaitToGoOn() {
    waiting_ = true;
    asio::steady_timer timer(io_);
    try {
      while (!go_on_) {
        timer.expires_after(std::chrono::milliseconds(5));
        co_await timer.async_wait(asio::use_awaitable);
      }
    } catch (const boost::system::system_error&) {
      cancelled_ = true;
      throw;
    }
  }

  // Runs a task of the server to its end.
  void Finish(awaitable<void> task) {
    std::promise<void> done;
    asio::co_spawn(io_, std::move(task), [&](auto) { done.set_value(); });
    done.get_future().wait();
  }

  Fd Connect(const std::string& bytes) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(0, ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
    SendBytes(fd.get(), bytes);
    return fd;
  }
  static void SendBytes(int fd, const std::string& bytes) {
    EXPECT_EQ(static_cast<ssize_t>(bytes.size()), ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  // What the server sends until it closes the connection.
  static std::string ReadAll(int fd) {
    std::string all;
    char part[4096];
    for (ssize_t n = 0; (n = ::recv(fd, part, sizeof part, 0)) > 0;)
      all.append(part, static_cast<std::size_t>(n));
    return all;
  }
  // What the server sends until it has sent `end`.
  static std::string ReadUntil(int fd, const std::string& end) {
    std::string all;
    for (char c = 0; !all.ends_with(end) && ::recv(fd, &c, 1, 0) == 1;) all += c;
    return all;
  }
  std::string Exchange(const std::string& bytes) { return ReadAll(Connect(bytes).get()); }

  static void Await(const std::atomic<bool>& flag) {
    while (!flag) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  asio::io_context io_{1};
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::atomic<bool> waiting_ = false;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> go_on_ = false;
};

TEST_F(ServerTest, AnswersAndClosesWhenAsked) {
  const std::string answer = Exchange("GET /a?b=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nGET /a?b=1 "));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  const std::string answer = Exchange(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\noneGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::size_t first = answer.find("POST /1 one");
  const std::size_t second = answer.find("GET /2 ");
  EXPECT_LT(first, second);
  EXPECT_LT(second, answer.find("GET /3 "));
}

TEST_F(ServerTest, PipelinedBytesAreNotTheEndOfTheClient) {
  const Fd fd = Connect(
      "GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  Await(waiting_);
  go_on_ = true;
  EXPECT_THAT(ReadAll(fd.get()), AllOf(HasSubstr("GET /wait "), EndsWith("GET /next ")));
  EXPECT_FALSE(cancelled_);
}

TEST_F(ServerTest, Http10ClosesUnlessKeepAliveIsAsked) {
  EXPECT_THAT(Exchange("GET / HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(Exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n"),
              AllOf(HasSubstr("Connection: keep-alive\r\n"), EndsWith("GET /2 ")));
}

TEST_F(ServerTest, HeadHasLengthAndNoBody) {
  EXPECT_THAT(Exchange("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 8\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(ServerTest, MalformedRequestIs400) {
  EXPECT_THAT(Exchange("nonsense\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("{\"code\":-400,")));
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, ContentLengthBesideChunkedIs400) {
  EXPECT_THAT(
      Exchange(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
      StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, ChunkedBodyIsPutTogether) {
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                       "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
              EndsWith("POST / abcde"));
}

TEST_F(ServerTest, LongHeaderIs431) {
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(70000, 'a') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerTest, LongBodyIs413AndNamesTheOption) {
  const std::string message = "request body larger than 1000 bytes (server.max_body_bytes)";
  const std::string body(100000, 'a');
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + body),
              AllOf(StartsWith("HTTP/1.1 413 "),
                    EndsWith("{\"code\":-413,\"message\":\"" + message + "\",\"data\":null}")));
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + body +
                       "\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, SlowHeaderAndSlowBodyAre408) {
  EXPECT_THAT(Exchange("GET / HT"), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"),
              StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerTest, ExpectedContinueIsSentBeforeTheBodyIsRead) {
  const Fd fd = Connect(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ("HTTP/1.1 100 Continue\r\n\r\n", ReadUntil(fd.get(), "\r\n\r\n"));
  SendBytes(fd.get(), "ab");
  EXPECT_THAT(ReadAll(fd.get()), EndsWith("POST / ab"));
}

TEST_F(ServerTest, ExpectedContinueOfALongBodyIs413AtOnce) {
  const Fd fd = Connect("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n");
  EXPECT_THAT(ReadUntil(fd.get(), "\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, ThrowingHandlerIs500WithItsMessage) {
  EXPECT_THAT(Exchange("GET /throw HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 500 "),
                    EndsWith("{\"code\":-500,\"message\":\"it \\\"broke\\\"\",\"data\":null}")));
}

TEST_F(ServerTest, ClientThatLeavesCancelsTheHandler) {
  Fd fd = Connect("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  Await(waiting_);
  fd.reset();
  Await(cancelled_);
}

TEST_F(ServerTest, HalfClosedClientGetsItsAnswer) {
  const Fd fd = Connect("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  ::shutdown(fd.get(), SHUT_WR);
  EXPECT_EQ("HTTP/1.1 102 Processing\r\n\r\n", ReadUntil(fd.get(), "\r\n\r\n"));
  go_on_ = true;
  EXPECT_THAT(ReadAll(fd.get()), AllOf(HasSubstr("200 OK"), EndsWith("GET /wait ")));
  EXPECT_FALSE(cancelled_);
}

TEST_F(ServerTest, HalfClosedHttp10ClientCancelsTheHandler) {
  const Fd fd = Connect("GET /wait HTTP/1.0\r\n\r\n");
  ::shutdown(fd.get(), SHUT_WR);
  Await(cancelled_);
  EXPECT_EQ("", ReadAll(fd.get()));
}

TEST_F(ServerTest, DrainClosesIdleAndFinishesWhatIsUnderWay) {
  const Fd idle = Connect("");
  const Fd busy = Connect("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  Await(waiting_);
  std::promise<void> drained;
  asio::co_spawn(io_, server_->Drain(std::chrono::seconds(60)), [&](auto) { drained.set_value(); });
  EXPECT_EQ("", ReadAll(idle.get()));
  go_on_ = true;
  EXPECT_THAT(ReadAll(busy.get()), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("GET /wait ")));
  drained.get_future().wait();
}

// Whether another socket of this machine could listen there, which asks for whatever sharing there is.
bool CanBeTaken(const char* address, std::uint16_t port) {
  const asio::ip::tcp::endpoint place(asio::ip::make_address(address), port);
  const Fd fd(::socket(place.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (place.address().is_v6()) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  return ::bind(fd.get(), place.data(), static_cast<socklen_t>(place.size())) == 0 &&
         ::listen(fd.get(), 1) == 0;
}

// One that is free now. A port that the kernel has chosen is not kept.
std::uint16_t FreePort() {
  asio::io_context io;
  return asio::ip::tcp::acceptor(io, {asio::ip::make_address("127.0.0.1"), 0}).local_endpoint().port();
}

// A run with the network would be sent keys.
TEST(Server, NobodyElseTakesItsPortNotEvenWhileItDrains) {
  asio::io_context io;
  const std::uint16_t port = FreePort();
  ServerOptions options;
  options.port = port;
  options.address = "127.0.0.1";
  options.keep_port = true;
  auto server = std::make_unique<Server>(io, options, Handler());
  for (const char* address : {"0.0.0.0", "127.0.0.1", "::", "::1"})
    EXPECT_FALSE(CanBeTaken(address, port)) << address;
  asio::co_spawn(io, server->Drain(std::chrono::seconds(0)), asio::detached);
  io.run();
  for (const char* address : {"0.0.0.0", "127.0.0.1", "::", "::1"})
    EXPECT_FALSE(CanBeTaken(address, port)) << address;
  server.reset();
  for (const char* address : {"0.0.0.0", "::"}) EXPECT_TRUE(CanBeTaken(address, port)) << address;
}

TEST_F(ServerTest, DrainLeavesWhatTakesTooLongToClose) {
  const Fd busy = Connect("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  Await(waiting_);
  Finish(server_->Drain(std::chrono::seconds(0)));
  EXPECT_FALSE(cancelled_);
  Finish(server_->Close());
  EXPECT_TRUE(cancelled_);
}

TEST_F(ServerTest, WhatIsAnsweredWhenDrainingHasEndedIsStillSent) {
  const Fd busy = Connect("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  Await(waiting_);
  Finish(server_->Drain(std::chrono::seconds(0)));
  go_on_ = true;
  Finish(server_->Close());
  EXPECT_THAT(ReadAll(busy.get()), EndsWith("GET /wait "));
  EXPECT_FALSE(cancelled_);
}

TEST_F(ServerTest, DrainingCanBeEnded) {
  const Fd busy = Connect("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  Await(waiting_);
  std::promise<void> drained;
  asio::co_spawn(io_, server_->Drain(std::chrono::hours(1)), [&](auto) { drained.set_value(); });
  asio::post(io_, [this] { server_->EndDraining(); });
  drained.get_future().wait();
  EXPECT_FALSE(cancelled_);
}

TEST_F(ServerTest, PortInUseIsAnErrorThatNamesThePlace) {
  ServerOptions options;
  options.address = "127.0.0.1";
  options.port = server_->port();
  try {
    Server second(io_, options, nullptr);
    FAIL() << "two servers on one port";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), StartsWith("cannot listen on 127.0.0.1:" + std::to_string(options.port) +
                                         ": Address already in use (EADDRINUSE); "));
  }
}

TEST_F(ServerTest, AddressThatIsNoneIsAnError) {
  ServerOptions options;
  options.address = "localhost";
  options.port = 8194;
  EXPECT_THROW(
      try { Server server(io_, options, nullptr); } catch (const Error& error) {
        EXPECT_THAT(error.what(), StartsWith("cannot listen on localhost:8194: not an IP address"));
        throw;
      },
      Error);
}

class LimitedServerTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.max_connections = 2;
    options.precheck = [](const Request& request) -> std::optional<Response> {
      if (request.target != "/refused") return std::nullopt;
      return Response{.status = 401};
    };
    options.on_refused = [this](const Refusal& refusal) { refused_ = static_cast<int>(refusal.status); };
    Start(options);
  }
  std::atomic<int> refused_ = 0;
};

TEST_F(LimitedServerTest, OldestIdleConnectionMakesRoom) {
  const Fd first = Connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ReadUntil(first.get(), "GET / ");
  const Fd second = Connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ReadUntil(second.get(), "GET / ");
  EXPECT_THAT(Exchange("GET /third HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              EndsWith("GET /third "));
  EXPECT_EQ("", ReadAll(first.get()));
  SendBytes(second.get(), "GET /again HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(ReadAll(second.get()), EndsWith("GET /again "));
}

TEST_F(LimitedServerTest, UnfinishedHeadsMakeRoom) {
  const Fd first = Connect("GET / HTTP/1.1\r\nHost: a\r\nA: ");
  const Fd second = Connect("GET / HTTP/1.1\r\nHost: a\r\nA: ");
  EXPECT_THAT(Exchange("GET /third HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              EndsWith("GET /third "));
}

TEST_F(LimitedServerTest, UnfinishedBodiesMakeRoom) {
  const Fd first = Connect("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  const Fd second = Connect("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_THAT(Exchange("GET /third HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              EndsWith("GET /third "));
}

TEST_F(ServerTest, LongTrailersAreRefused) {
  const std::string start =
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n";
  for (const std::size_t size : {65000, 65534, 65536, 70000}) {
    const std::string trailer = "X: " + std::string(size, 'a') + "\r\n\r\n";
    EXPECT_THAT(Exchange(start + trailer), StartsWith(size == 65000 ? "HTTP/1.1 200 " : "HTTP/1.1 431 "))
        << size;
  }
}

TEST_F(LimitedServerTest, PrecheckAnswersWithoutTheBody) {
  const Fd fd = Connect("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_THAT(
      ReadUntil(fd.get(), "\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 401 "), Not(HasSubstr("Content-Type")), HasSubstr("Connection: close")));
}

TEST_F(LimitedServerTest, ShortBodyOfARefusedRequestKeepsTheConnection) {
  EXPECT_THAT(Exchange("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
                       "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 401 "), EndsWith("GET /next ")));
}

TEST_F(LimitedServerTest, RefusalsAreReported) {
  Exchange("nonsense\r\n\r\n");
  EXPECT_EQ(400, refused_);
}

}  // namespace
}  // namespace sandgate::http

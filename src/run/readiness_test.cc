// SPDX-License-Identifier: Apache-2.0
// How often a program is run for those who ask, with a runner that is told what becomes of it.
#include "run/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"

namespace sandgate {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class FakeRunner : public Runner {
 public:
  explicit FakeRunner(asio::io_context& io) : go(io, asio::steady_timer::time_point::max()) {}
  std::variant<Ticket, Full> TryEnter(const std::string&) override { return Full::kServer; }
  asio::awaitable<void> Close() override { co_return; }
  asio::awaitable<RunResult> Run(RunRequest request) override {
    requests.push_back(request);
    if (hold) co_await go.async_wait(asio::use_awaitable);
    if (!error.empty()) throw Error(error);
    co_return result;
  }

  std::vector<RunRequest> requests;
  RunResult result{.stdout_bytes = "42\n"};
  std::string error;
  bool hold = false;
  asio::steady_timer go;
};

class ReadinessTest : public ::testing::Test {
 protected:
  void Make(ReadinessOptions options) { readiness_.emplace(io_, runner_, std::move(options), log_); }
  static asio::awaitable<void> AskAndKeep(ReadinessTest* test) {
    test->answers_.push_back(co_await test->readiness_->Ask());
  }
  void Begin() { asio::co_spawn(io_, AskAndKeep(this), asio::detached); }
  LanguageReadiness Ask() {
    Begin();
    const std::size_t had = answers_.size();
    io_.restart();
    while (answers_.size() == had) io_.run_one();
    return answers_.back().at(0);
  }
  void Poll() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_;
  Logger log_{LogOptions{.path = "", .level = LogLevel::kError}};
  FakeRunner runner_{io_};
  std::optional<Readiness> readiness_;
  std::vector<std::vector<LanguageReadiness>> answers_;
};

TEST_F(ReadinessTest, ManyWhoAskShareOneProbeAndItsAnswerIsKept) {
  Make({.languages = {Language::kPython, Language::kNode}, .fresh = 1h});
  for (int i = 0; i < 50; ++i) Begin();
  Poll();
  EXPECT_EQ(50u, answers_.size());
  EXPECT_TRUE(Ask().ready);
  EXPECT_EQ(2u, runner_.requests.size());
  EXPECT_EQ(2u, readiness_->probes());
}

TEST_F(ReadinessTest, ProbesHaveAWorkerOfTheirOwnAndNoKey) {
  Make({.languages = {Language::kNode}, .network = true});
  Ask();
  const RunRequest& request = runner_.requests.at(0);
  EXPECT_EQ(Worker::kOfProbe, request.worker);
  EXPECT_EQ("", request.key);
  EXPECT_EQ(Language::kNode, request.language);
  EXPECT_TRUE(request.enable_network);
}

TEST_F(ReadinessTest, AStaleAnswerIsAskedForAnew) {
  Make({.languages = {Language::kPython}, .fresh = 0ms});
  EXPECT_TRUE(Ask().ready);
  runner_.error = "no interpreter";
  const LanguageReadiness answer = Ask();
  EXPECT_FALSE(answer.ready);
  EXPECT_EQ("no interpreter", answer.problem);
}

TEST_F(ReadinessTest, WhatAProgramDoesWrongIsTold) {
  Make({.languages = {Language::kPython}, .fresh = 0ms});
  runner_.result.stdout_bytes = "41\n";
  EXPECT_FALSE(Ask().ready);
  runner_.result = {.outcome = Outcome::kSignal, .error = "killed"};
  EXPECT_THAT(Ask().problem, ::testing::HasSubstr("signal: killed"));
}

TEST_F(ReadinessTest, PatienceEnds) {
  Make({.languages = {Language::kPython}, .patience = 1ms});
  runner_.hold = true;
  EXPECT_THAT(Ask().problem, ::testing::HasSubstr("no answer"));
}

TEST_F(ReadinessTest, WhoLeavesStopsNoProbe) {
  Make({.languages = {Language::kPython}, .fresh = 1h, .patience = 1h});
  runner_.hold = true;
  asio::cancellation_signal leave;
  asio::co_spawn(io_, AskAndKeep(this),
                 asio::bind_cancellation_slot(leave.slot(), [](const std::exception_ptr&) {}));
  Poll();
  leave.emit(asio::cancellation_type::terminal);
  runner_.go.cancel_one();  // a wait that ends with an error is a run that failed: asked once all the same
  Poll();
  EXPECT_EQ(1u, readiness_->latest().size());
  EXPECT_EQ(1u, runner_.requests.size());
}

TEST_F(ReadinessTest, AServerThatDrainsRunsNoProbe) {
  Make({.languages = {Language::kPython}});
  readiness_->Drain();
  Begin();
  Poll();
  EXPECT_TRUE(answers_.at(0).empty());
  EXPECT_TRUE(runner_.requests.empty());
}

}  // namespace
}  // namespace sandgate

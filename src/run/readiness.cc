// SPDX-License-Identifier: Apache-2.0
#include "run/readiness.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kSum = "42\n";

RunRequest ProbeRequest(Language language, bool network) {
  RunRequest request;
  request.language = language;
  request.code = language == Language::kPython ? "print(6 * 7)" : "console.log(6 * 7)";
  request.enable_network = network;
  request.worker = Worker::kOfProbe;
  request.waits_for_packages = false;
  request.run_id = RandomHex(16);
  return request;
}

// What is wrong with a probe's result; empty when nothing is.
std::string ProblemOf(const RunResult& result) {
  if (result.outcome != Outcome::kOk) {
    return fmt::format("a program that must succeed ended with {}: {}", OutcomeName(result.outcome),
                       result.error);
  }
  return result.stdout_bytes == kSum ? "" : "a program printed something else than it must";
}

}  // namespace

asio::awaitable<LanguageReadiness> Readiness::Probe(Language language) {
  LanguageReadiness answer;
  answer.language = language;
  ++probes_;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer patience(io_, options_.patience);
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, runner_.Run(ProbeRequest(language, options_.network)), asio::deferred),
      patience.async_wait(asio::deferred));
  auto [order, failure, result, ignored] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] != 0) {
    answer.problem = fmt::format("no answer within {} s", options_.patience.count() / 1000);
    co_return answer;
  }
  try {
    if (failure) std::rethrow_exception(failure);
    answer.problem = ProblemOf(result);
    answer.wall_ms = result.usage.wall_ms;
  } catch (const std::exception& error) {
    answer.problem = error.what();
  }
  answer.ready = answer.problem.empty();
  co_return answer;
}

void Readiness::LogChange(const LanguageReadiness& now) const {
  bool known = false;
  bool before = false;
  for (const LanguageReadiness& one : latest_) {
    if (one.language != now.language) continue;
    known = true;
    before = one.ready;
  }
  if (draining_ || (now.ready == before && known)) return;
  if (!now.ready) {
    log_.Warn("not ready", {{"language", LanguageName(now.language)}, {"reason", now.problem}});
  } else {
    log_.Info("ready", {{"language", LanguageName(now.language)}});
  }
}

asio::awaitable<void> Readiness::ProbeAll() {
  std::vector<LanguageReadiness> answers;
  for (const Language language : options_.languages) {
    LanguageReadiness answer = co_await Probe(language);
    answers.push_back(std::move(answer));
  }
  for (const LanguageReadiness& answer : answers) LogChange(answer);
  latest_ = std::move(answers);
  stale_at_ = Clock::now() + options_.fresh;
  probing_ = false;
  probed_.cancel();
}

asio::awaitable<std::vector<LanguageReadiness>> Readiness::Ask() {
  if (draining_) co_return latest_;
  if (!probing_ && Clock::now() >= stale_at_) {
    probing_ = true;
    asio::co_spawn(io_, ProbeAll(), asio::detached);
  }
  if (probing_) co_await probed_.async_wait(kNoError);
  co_return latest_;
}

}  // namespace sandgate

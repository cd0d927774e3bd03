// SPDX-License-Identifier: Apache-2.0
#include "selftest/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "config/keys.h"
#include "selftest/peer.h"

namespace sandgate::selftest {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;

constexpr auto kMoment = milliseconds(10);
constexpr auto kPeerPatience = std::chrono::seconds(10);
constexpr std::string_view kHeavyFamily = "resources";

// What fills the machine is made last: it would slow down, and so spoil, what runs beside it.
std::deque<const Attack*> Ordered(const std::vector<Attack>& attacks) {
  std::deque<const Attack*> order;
  for (const Attack& attack : attacks) order.push_back(&attack);
  std::stable_partition(order.begin(), order.end(),
                        [](const Attack* attack) { return attack->family != kHeavyFamily; });
  return order;
}

asio::awaitable<void> RunPeer(Runner& runner, RunRequest request) {
  try {
    co_await runner.Run(std::move(request));
  } catch (const std::exception&) {
    // At the end of all it is ended.
  }
}

}  // namespace

Trial::Trial(TrialParts parts, const std::vector<Attack>& attacks)
    : parts_(std::move(parts)), mark_(MakeMark()), waiting_(Ordered(attacks)) {
  Replant();
  parts_.ground.missing = stage_->missing();
}

void Trial::Stop() {
  stopped_ = true;
  waiting_.clear();
}

void Trial::Replant() {
  stage_.reset();
  stage_.emplace(mark_);
}

std::string Trial::Describe() const {
  boost::json::object stage = stage_->Describe();
  AddServerFacts(stage, parts_.facts);
  stage["peer"] = peer_;
  return boost::json::serialize(stage);
}

asio::awaitable<void> Trial::Pause(milliseconds time) {
  asio::steady_timer timer(parts_.io, time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

// The file of the peer appears when it is ready.
asio::awaitable<void> Trial::StartPeer() {
  PeerProgram program = MakePeerProgram(mark_);
  RunRequest request;
  request.key = kDefaultKeyName;
  request.language = Language::kPython;
  request.code = std::move(program.code);
  request.run_id = RandomHex(16);
  asio::co_spawn(parts_.io, RunPeer(parts_.runner, std::move(request)), asio::detached);
  const auto end = std::chrono::steady_clock::now() + kPeerPatience;
  while (!stopped_ && std::chrono::steady_clock::now() < end) {
    if (auto found = FindPeer(program.name, parts_.state_dir)) {
      peer_ = std::move(*found);
      co_return;
    }
    co_await Pause(kMoment);
  }
  parts_.ground.missing["peer"] = "no other run was found from outside";
}

// A peer is a run and ends at its deadline: half of that before, the next one takes its place.
asio::awaitable<void> Trial::KeepPeer() {
  const auto life = std::chrono::duration_cast<milliseconds>(parts_.deadline) / 2;
  while (!stopped_) {
    for (auto lived = milliseconds(0); lived < life && !stopped_; lived += kMoment) co_await Pause(kMoment);
    if (!stopped_) co_await StartPeer();
  }
}

asio::awaitable<Observed> Trial::Make(const Attack& attack) {
  Observed observed;
  RunRequest request;
  request.key = kDefaultKeyName;
  request.language = attack.language;
  request.code = ProgramOf(attack, Describe());
  request.enable_network = attack.network && parts_.network_offered;
  request.run_id = RandomHex(16);
  try {
    observed.result = co_await parts_.runner.Run(std::move(request));
  } catch (const std::exception& error) {
    observed.failure = error.what();
  }
  co_return observed;
}

// Until nothing waits any more or something has been changed; what ends from then on may be the one that did
// it.
asio::awaitable<void> Trial::Work() {
  while (!waiting_.empty() && damage_.empty()) {
    const Attack& attack = *waiting_.front();
    waiting_.pop_front();
    const Observed observed = co_await Make(attack);
    if (damage_.empty()) damage_ = stage_->Look();
    if (damage_.empty()) {
      Conclude(attack, observed);
    } else {
      suspects_.push_back({&attack, observed});
    }
  }
  --workers_;
}

asio::awaitable<void> Trial::MakeAll() {
  while (!waiting_.empty()) {
    workers_ = parts_.width;  // one that finds nothing to do has ended before the next begins
    for (auto left = workers_; left > 0; --left) {
      asio::co_spawn(parts_.io, Work(), asio::detached);
    }
    while (workers_ > 0) co_await Pause(kMoment);
    if (!damage_.empty()) co_await FindTheGuilty();
  }
}

asio::awaitable<void> Trial::FindTheGuilty() {
  std::vector<Made> suspects = std::exchange(suspects_, {});
  const Damage damage = std::exchange(damage_, {});
  Replant();
  const bool alone = suspects.size() == 1;
  bool found = alone;
  for (Made& made : suspects) {
    if (stopped_) co_return;
    if (!alone) made.observed = co_await Make(*made.attack);
    made.observed.damage = alone ? damage : stage_->Look();
    if (made.observed.damage.empty() || alone) continue;
    found = true;
    Replant();
  }
  for (Made& made : suspects) {
    if (!found) {
      made.observed.result.reset();
      made.observed.failure = fmt::format("beside others, not alone: {}", fmt::join(damage, "; "));
    }
    Conclude(*made.attack, made.observed);
  }
}

void Trial::Conclude(const Attack& attack, const Observed& observed) {
  if (stopped_) return;
  Finding finding{&attack, Judge(attack, observed, parts_.ground), "", 0};
  if (observed.result) {
    finding.outcome = OutcomeName(observed.result->outcome);
    finding.wall_ms = observed.result->usage.wall_ms;
  }
  findings_.push_back(std::move(finding));
}

asio::awaitable<std::vector<Finding>> Trial::Run() {
  std::erase_if(waiting_, [this](const Attack* attack) {
    if (parts_.languages.contains(attack->language)) return false;
    const std::string why = fmt::format("there is no {}", LanguageName(attack->language));
    findings_.push_back({attack, {Verdict::kNotPossible, why, ""}, "", 0});
    return true;
  });
  if (parts_.languages.contains(Language::kPython)) {
    co_await StartPeer();
    asio::co_spawn(parts_.io, KeepPeer(), asio::detached);
  } else {
    parts_.ground.missing["peer"] = "there is no python3";
  }
  co_await MakeAll();
  stopped_ = true;
  std::sort(findings_.begin(), findings_.end(),
            [](const Finding& a, const Finding& b) { return a.attack->name < b.attack->name; });
  co_return findings_;
}

}  // namespace sandgate::selftest

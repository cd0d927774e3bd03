// SPDX-License-Identifier: Apache-2.0
#include "run/parked.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"
#include "sandbox/scratch.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
// Longer than it takes to send an answer, shorter than a client takes to ask again.
constexpr auto kMoment = std::chrono::microseconds(300);
constexpr auto kCloseStep = std::chrono::milliseconds(5);

bool Lives(const Child& child) { return !sys::IsReady(child.process.pidfd.get(), POLLIN); }

// A run of the same uid (mode rootless) may have changed the mode while the child waited.
bool OpensScratch(const Slot& slot) { return slot.host_scratch.empty() || OpenScratch(slot.host_scratch); }

}  // namespace

ParkedChildren::~ParkedChildren() { DiscardAll(); }

std::optional<Child> ParkedChildren::Take(const ChildRequest& request) {
  if (request.start == Start::kCold) return std::nullopt;
  const auto may_take = [&] { return !request.limits || parts_.maker.MayLower(*request.limits); };
  const auto stock = stocks_.find(request.environment);
  if (stock == stocks_.end()) return std::nullopt;
  std::deque<Child>& children = stock->second.children;
  while (may_take() && !children.empty() && children.front().policy == request.policy) {
    Child child = std::move(children.front());
    children.pop_front();
    const bool current = parts_.spawners.IsCurrent(request.environment, child.spawner);
    const bool usable = current && Lives(child) && OpensScratch(child.slot);
    if (usable && (!request.limits || parts_.maker.Lower(child, *request.limits))) return child;
    parts_.maker.Discard(std::move(child));
  }
  return std::nullopt;
}

void ParkedChildren::DropIf(Stock& stock, const std::function<bool(const Child&)>& unwanted) {
  std::deque<Child> kept;
  for (Child& child : stock.children) {
    if (unwanted(child)) {
      parts_.maker.Discard(std::move(child));
    } else {
      kept.push_back(std::move(child));
    }
  }
  stock.children = std::move(kept);
}

void ParkedChildren::DropStale(const RunEnvironment& environment) {
  const auto stock = stocks_.find(environment);
  if (stock == stocks_.end()) return;
  DropIf(stock->second, [this, &environment](const Child& child) {
    return !parts_.spawners.IsCurrent(environment, child.spawner);
  });
}

void ParkedChildren::Retire(Language language, const EnvironmentLease& built) {
  for (auto next = stocks_.begin(); next != stocks_.end();) {
    const auto stock = next++;
    if (stock->first.language != language || stock->first.built != built) continue;
    DropIf(stock->second, [](const Child&) { return true; });
    if (!stock->second.filling) stocks_.erase(stock);  // else whoever fills it does
  }
}

void ParkedChildren::DropCold(Language language) {
  for (auto& [environment, stock] : stocks_) {
    if (environment.language != language) continue;
    DropIf(stock, [](const Child& child) { return !child.spawner->spec().forks_interpreter(); });
    Refill(environment);
  }
}

// A whole interpreter is kept once only.
std::size_t ParkedChildren::SizeFor(const RunEnvironment& environment) const {
  return parts_.spawners.Forks(environment) ? parts_.size : std::min<std::size_t>(parts_.size, 1);
}

void ParkedChildren::Refill(const RunEnvironment& environment) {
  if (environment.built && !parts_.spawners.Parks(environment)) return;
  Stock& stock = stocks_[environment];
  if (closing_ || stock.filling || stock.children.size() >= SizeFor(environment)) return;
  stock.filling = true;
  asio::co_spawn(io_, Fill(environment), asio::detached);
}

std::size_t ParkedChildren::Count(const RunEnvironment& environment) const {
  const auto stock = stocks_.find(environment);
  return stock == stocks_.end() ? 0 : stock->second.children.size();
}

void ParkedChildren::RefillAll() {
  for (const auto& [environment, stock] : stocks_) Refill(environment);
}

asio::awaitable<void> ParkedChildren::Fill(RunEnvironment environment) {
  Stock& stock = stocks_[environment];
  asio::steady_timer moment(io_);
  while (!closing_ && stock.children.size() < SizeFor(environment)) {
    moment.expires_after(kMoment);
    co_await moment.async_wait(kNoError);
    if (closing_ || (may_make_ && !may_make_())) break;
    try {
      if (!parts_.spawners.Parks(environment)) break;
      const SpawnerLease spawner = parts_.spawners.Choose(environment);
      const ChildRequest request{
          environment, parts_.policies.Get({environment.network, ""}), Start::kFast, {}};
      Child child = co_await parts_.maker.MakeAhead(spawner, request);
      stock.children.push_back(std::move(child));
    } catch (const std::exception&) {
      break;  // a run that needs a child will tell
    }
  }
  stock.filling = false;
  if (environment.built && !parts_.spawners.Parks(environment))
    Retire(environment.language, environment.built);
}

asio::awaitable<void> ParkedChildren::Close() {
  closing_ = true;
  const auto filling = [](const auto& entry) { return entry.second.filling; };
  asio::steady_timer step(io_);
  while (std::any_of(stocks_.begin(), stocks_.end(), filling)) {
    step.expires_after(kCloseStep);
    co_await step.async_wait(kNoError);
  }
  DiscardAll();
}

void ParkedChildren::DiscardAll() {
  for (auto& [environment, stock] : stocks_) {
    for (Child& child : stock.children) parts_.maker.Discard(std::move(child));
    stock.children.clear();
  }
}

}  // namespace sandgate

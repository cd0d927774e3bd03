// SPDX-License-Identifier: Apache-2.0
#include "run/cleaner.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "run/aside.h"
#include "sandbox/removal.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr auto kSlice = std::chrono::milliseconds(20);

}  // namespace

struct Cleaner::Item {
  Item(const std::string& path, bool is_aside) : removal(path), aside(is_aside) {}

  Removal removal;
  bool aside;  // in the trash
  bool begun = false;
  bool done = false;
  bool told = false;  // the log says that it could not be removed
};

Cleaner::Cleaner(asio::io_context& io, CleanerOptions options, const Logger& log)
    : io_(io),
      options_(std::move(options)),
      log_(log),
      changed_(io, asio::steady_timer::time_point::max()),
      retry_(io) {}

// One rename, so it may be done on the event loop. Where it fails the directory is removed in its place.
std::shared_ptr<Cleaner::Item> Cleaner::MoveAside(const std::string& path) {
  const std::string aside = options_.trash + "/" + RandomHex(12);
  const bool moved = MoveDirectory(path, aside);
  return std::make_shared<Item>(moved ? aside : path, moved);
}

asio::awaitable<void> Cleaner::Remove(std::string path) {
  const auto item = MoveAside(path);
  fresh_.push_back(item);
  ++waiting_;
  Start();
  while (!closing_ && !item->done && (!item->aside || waiting_ > options_.backlog)) {
    co_await changed_.async_wait(kNoError);
  }
}

asio::awaitable<void> Cleaner::Close() {
  closing_ = true;
  retry_.cancel();
  changed_.cancel();
  while (working_) co_await changed_.async_wait(kNoError);
}

void Cleaner::Start() {
  if (working_ || closing_) return;
  working_ = true;
  asio::co_spawn(io_, Work(), asio::detached);
}

asio::awaitable<void> Cleaner::Work() {
  if (!pool_) pool_.emplace(1);
  while (!closing_ && waiting_ > 0) co_await WorkOn(Next());
  working_ = false;
  changed_.cancel();
}

std::shared_ptr<Cleaner::Item> Cleaner::Next() {
  Items& from = fresh_.empty() ? begun_ : fresh_;
  std::shared_ptr<Item> item = std::move(from.front());
  from.pop_front();
  return item;
}

asio::awaitable<void> Cleaner::WorkOn(std::shared_ptr<Item> item) {
  const bool begun = std::exchange(item->begun, true);
  try {
    item->done = co_await Aside(
        *pool_, [&removal = item->removal] { return removal.Go(Removal::Clock::now() + kSlice); });
  } catch (const std::exception& error) {
    RetryLater(std::move(item), error.what());
    co_return;
  }
  if (!item->done) {
    begun ? begun_.push_front(std::move(item)) : begun_.push_back(std::move(item));
    co_return;
  }
  --waiting_;
  changed_.cancel();
}

// It does not count as waiting meanwhile: runs would have to wait for what may never end.
void Cleaner::RetryLater(std::shared_ptr<Item> item, const char* error) {
  if (!std::exchange(item->told, true)) {
    log_.Error("what a run left on disk cannot be removed; it is tried again", {{"error", error}});
  }
  --waiting_;
  failed_.push_back(std::move(item));
  changed_.cancel();
  if (failed_.size() > 1) return;  // the timer runs
  retry_.expires_after(options_.retry_pause);
  retry_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    waiting_ += failed_.size();
    for (auto& failed : std::exchange(failed_, {})) begun_.push_back(std::move(failed));
    Start();
  });
}

}  // namespace sandgate

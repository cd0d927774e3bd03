// SPDX-License-Identifier: Apache-2.0
#include "run/arguments.h"

#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "base/fd.h"
#include "policy/decode.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReaders = 8;
constexpr auto kPatience = std::chrono::seconds(1);  // it takes microseconds

// One look into a run's memory. It outlives the caller where it takes too long.
struct Look {
  Look(asio::io_context& io, Fd l, Notification n, std::optional<std::uint32_t> u)
      : listener(std::move(l)), notification(n), uid(u), done(io, kPatience) {}

  const Fd listener;  // a copy: the caller may close its own
  const Notification notification;
  const std::optional<std::uint32_t> uid;
  asio::steady_timer done;  // cancelled when it is
  std::optional<DecodedCall> decoded;
};

DecodedCall Decode(const Look& look) {
  return DecodeArguments(look.notification.call, [&look](std::uint64_t address, std::size_t size) {
    return ReadMemory(look.listener.get(), look.notification, address, size, look.uid);
  });
}

// Decodes a call that has no pointer worth following.
std::optional<DecodedCall> DecodeWithoutMemory(const RefusedCall& call) {
  bool asked = false;
  DecodedCall decoded = DecodeArguments(call, [&asked](std::uint64_t, std::size_t) {
    asked = true;
    return std::optional<std::string>();
  });
  if (asked) return std::nullopt;
  return decoded;
}

}  // namespace

asio::awaitable<std::optional<DecodedCall>> ArgumentReader::Read(int listener, Notification notification,
                                                                 std::optional<std::uint32_t> uid) {
  if (auto decoded = DecodeWithoutMemory(notification.call)) co_return decoded;
  if (!readers_) readers_.emplace(kReaders);
  Fd copy(::fcntl(listener, F_DUPFD_CLOEXEC, 0));
  if (!copy) co_return std::nullopt;
  auto look = std::make_shared<Look>(io_, std::move(copy), notification, uid);
  asio::post(*readers_, [&io = io_, look]() mutable {
    DecodedCall decoded = Decode(*look);
    // With the last reference: the timer is the event loop's.
    asio::post(io, [look = std::move(look), decoded = std::move(decoded)]() mutable {
      look->decoded = std::move(decoded);
      look->done.cancel();
    });
  });
  co_await look->done.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return std::move(look->decoded);
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "run/arguments.h"

#include <fcntl.h>

#include <chrono>
#include <utility>

#include "base/fd.h"
#include "policy/decode.h"
#include "run/aside.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReaders = 8;
constexpr auto kPatience = std::chrono::seconds(1);  // it takes microseconds

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
  auto decode = [copy = std::move(copy), notification, uid] {
    return DecodeArguments(notification.call, [&](std::uint64_t address, std::size_t size) {
      return ReadMemory(copy.get(), notification, address, size, uid);
    });
  };
  const auto end = std::chrono::steady_clock::now() + kPatience;
  co_return co_await AsideUntil(end, io_, *readers_, std::move(decode));
}

}  // namespace sandgate

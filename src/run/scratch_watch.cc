// SPDX-License-Identifier: Apache-2.0
#include "run/scratch_watch.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "sandbox/scratch_use.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

ScratchUse MostOf(const Limits& limits) {
  return {static_cast<std::uint64_t>(limits.limit_scratch_mb) * kMiB,
          static_cast<std::uint64_t>(limits.limit_scratch_files)};
}

// One look. It outlives a caller that does not wait for its end.
struct Measurement {
  Measurement(asio::io_context& io, std::string d, const ScratchUse& m)
      : directory(std::move(d)), most(m), done(io, asio::steady_timer::time_point::max()) {}

  const std::string directory;
  const ScratchUse most;
  asio::steady_timer done;  // cancelled when it is
  ScratchLook result;
};

Stop StopAt(const ScratchUse& use, const ScratchUse& most) {
  if (use.bytes > most.bytes) return Stop::kScratchSize;
  return use.files > most.files || use.too_deep ? Stop::kScratchFiles : Stop::kNone;
}

}  // namespace

asio::awaitable<ScratchLook> ScratchWatch::Look(std::string directory, Limits limits) {
  const auto look = std::make_shared<Measurement>(io_, std::move(directory), MostOf(limits));
  asio::post(pool_, [&io = io_, look = look]() mutable {
    const auto begun = std::chrono::steady_clock::now();
    ScratchLook result;
    try {
      result.stop = StopAt(MeasureScratch(look->directory, look->most), look->most);
    } catch (const std::exception&) {
      result.failed = true;
    }
    result.time = std::chrono::steady_clock::now() - begun;
    // With the last reference: the timer is the event loop's.
    asio::post(io, [look = std::move(look), result] {
      look->result = result;
      look->done.cancel();
    });
  });
  co_await look->done.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return look->result;
}

}  // namespace sandgate

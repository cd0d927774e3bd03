// SPDX-License-Identifier: Apache-2.0
#include "run/scratch_watch.h"

#include <utility>

#include "run/aside.h"
#include "sandbox/scratch_use.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMiB = 1 << 20;

ScratchUse MostOf(const Limits& limits) {
  return {static_cast<std::uint64_t>(limits.limit_scratch_mb) * kMiB,
          static_cast<std::uint64_t>(limits.limit_scratch_files)};
}

Stop StopAt(const ScratchUse& use, const ScratchUse& most) {
  if (use.bytes > most.bytes) return Stop::kScratchSize;
  return use.files > most.files || use.too_deep ? Stop::kScratchFiles : Stop::kNone;
}

ScratchLook LookAt(const std::string& directory, const ScratchUse& most) {
  const auto begun = Clock::now();
  ScratchLook look;
  try {
    look.stop = StopAt(MeasureScratch(directory, most), most);
  } catch (const std::exception&) {
    look.failed = true;
  }
  look.time = Clock::now() - begun;
  return look;
}

}  // namespace

asio::awaitable<ScratchLook> ScratchWatch::Look(std::string directory, Limits limits) {
  auto measure = [directory = std::move(directory), most = MostOf(limits)] {
    return LookAt(directory, most);
  };
  const auto look = co_await AsideUntil(Clock::time_point::max(), io_, pool_, std::move(measure));
  co_return look.value_or(ScratchLook());
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "run/fork_pace.h"

#include <algorithm>

namespace sandgate {

namespace {

constexpr ForkPace::Clock::duration kAtOnce = std::chrono::seconds(1);
constexpr ForkPace::Clock::duration kRestart =
    std::chrono::milliseconds(50);  // what a busy machine needs for it

}  // namespace

ForkPace::ForkPace(std::int64_t per_second)
    : interval_(per_second == 0 ? Clock::duration::zero() : kAtOnce / per_second) {}

ForkPace::Clock::time_point ForkPace::Take(pid_t thread, Clock::time_point now) {
  next_ = std::max(next_, now) + interval_;
  while (!waited_.empty() && waited_.front().due + kRestart < now) waited_.pop_front();
  const auto again = std::ranges::find(waited_, thread, &Waited::thread);
  if (again != waited_.end() && again->due <= now) {
    waited_.erase(again);
    return now;
  }
  const Clock::time_point due = next_ - kAtOnce;
  if (due > now) waited_.push_back({thread, due});
  return due;
}

}  // namespace sandgate

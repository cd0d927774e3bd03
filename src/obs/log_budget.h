// SPDX-License-Identifier: Apache-2.0
// How many lines of the log those may cause who have shown no key: a token bucket. Without one, a stranger
// could write over everything that the rotated files hold, in a minute.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace sandgate {

class LogBudget {
 public:
  using Clock = std::chrono::steady_clock;

  // `burst` lines at once, and one more in each `pause`.
  LogBudget(std::int64_t burst, Clock::duration pause) : pause_(pause), most_(burst * pause) {}

  // Whether a line may be written at `now`; counts one that may not.
  bool Take(Clock::time_point now) {
    spent_ = std::max(Clock::duration::zero(), spent_ - (now - last_));
    last_ = now;
    const bool may = spent_ + pause_ <= most_;
    if (may) spent_ += pause_;
    if (!may) ++left_out_;
    return may;
  }
  // Lines that were left out since the last call.
  std::uint64_t TakeLeftOut() { return std::exchange(left_out_, 0); }

 private:
  Clock::duration pause_;
  Clock::duration most_;
  Clock::duration spent_{0};
  Clock::time_point last_{};
  std::uint64_t left_out_ = 0;
};

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// How fast one run may start processes: a second's worth at once, then one after the other.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>

namespace sandgate {

// The kernel copies a process, and takes it down, under locks that all processes of the same interpreter have
// in common (of anonymous memory and of the mappings of files): a run that does nothing else keeps all others
// from starting and ending. This is the generic cell rate algorithm.
class ForkPace {
 public:
  using Clock = std::chrono::steady_clock;

  // 0: as fast as it likes.
  explicit ForkPace(std::int64_t per_second);

  // When the process that `thread` asks for at `now` may start; not after `now`: at once. Each call of a
  // thread counts, but after one that had to wait another goes on at once: a signal that has come meanwhile
  // makes the kernel begin the call anew: copy_process() does nothing while one is pending (ERESTARTNOINTR).
  Clock::time_point Take(pid_t thread, Clock::time_point now);

 private:
  struct Waited {
    pid_t thread;
    Clock::time_point due;
  };

  Clock::duration interval_;
  Clock::time_point next_;
  std::deque<Waited> waited_;  // lately, in the order of their time
};

}  // namespace sandgate

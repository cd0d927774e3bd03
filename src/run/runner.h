// SPDX-License-Identifier: Apache-2.0
// One run from request to result: queue, slot, spawner, supervision, judgement. Server process.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "base/error.h"
#include "run/request.h"
#include "run/result.h"

namespace sandgate {

// A request asks for a limit that cannot be kept here; the text says so in the request's language.
class BadLimit : public Error {
 public:
  using Error::Error;
};

class Runner {
 public:
  // A request counted in; counted out when destroyed.
  class Ticket {
   public:
    explicit Ticket(std::shared_ptr<int> count) : count_(std::move(count)) { ++*count_; }
    Ticket(Ticket&&) = default;
    Ticket& operator=(Ticket&&) = default;
    ~Ticket() {
      if (count_) --*count_;
    }

   private:
    std::shared_ptr<int> count_;
  };

  virtual ~Runner() = default;
  // Nothing when max_requests are under way already (queued or running).
  virtual std::optional<Ticket> TryEnter() = 0;
  // Waits for a worker, then runs. What user code did is in the result. Throws Error when it could not
  // be run, and BadLimit. Cancelling the coroutine (terminal) takes the request out of the queue or ends the run.
  virtual boost::asio::awaitable<RunResult> Run(RunRequest request) = 0;
  // Ends every run and refuses new ones; returns when no process of a run is left. To be awaited before
  // the io_context is stopped.
  virtual boost::asio::awaitable<void> Close() = 0;
};

}  // namespace sandgate

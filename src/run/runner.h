// SPDX-License-Identifier: Apache-2.0
// One run from request to result: queue, slot, spawner, supervision, judgement. Server process.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <variant>

#include "base/error.h"
#include "run/request.h"
#include "run/result.h"

namespace sandgate {

// A request asks for a limit that cannot be kept here; the text says so in the request's language.
class BadLimit : public Error {
 public:
  using Error::Error;
};

// What was asked for is given up as the server stops; the text says how far it was, in the request's
// language.
class Stopping : public Error {
 public:
  using Error::Error;
};

class Runner {
 public:
  // A request counted in, among all and among those of its key; counted out when destroyed.
  class Ticket {
   public:
    Ticket(std::shared_ptr<int> all, std::shared_ptr<int> of_key)
        : all_(std::move(all)), of_key_(std::move(of_key)) {
      ++*all_;
      ++*of_key_;
    }
    Ticket(Ticket&&) = default;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (!all_) return;
      --*all_;
      --*of_key_;
    }

   private:
    std::shared_ptr<int> all_;
    std::shared_ptr<int> of_key_;
  };
  // What is full where a request cannot be counted in.
  enum class Full { kServer, kKey };

  virtual ~Runner() = default;
  // `key` is the name of the API key. Full when max_requests, those of all or those of the key, are under way
  // already (queued or running).
  virtual std::variant<Ticket, Full> TryEnter(const std::string& key) = 0;
  // Waits for a worker, then runs. What user code did is in the result. Throws Error when it could not
  // be run, BadLimit, and Stopping where Close() has ended or refused it. Cancelling the coroutine (terminal)
  // takes the request out of the queue or ends the run.
  virtual boost::asio::awaitable<RunResult> Run(RunRequest request) = 0;
  // Ends every run and refuses new ones; returns when no process of a run is left. To be awaited before
  // the io_context is stopped.
  virtual boost::asio::awaitable<void> Close() = 0;
};

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Watches one run: its output, its refused calls, its deadline, its end. On the server's io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/sys.h"
#include "config/config.h"
#include "policy/policy.h"
#include "policy/trace.h"
#include "run/arguments.h"
#include "run/evidence.h"
#include "run/scratch_watch.h"
#include "run/waitable.h"
#include "sandbox/notify.h"

namespace sandgate {

// What a run is watched by; owned by the supervisor.
struct Watched {
  Fd pidfd;  // of its first process
  Fd code;   // write end, non-blocking
  Fd out;    // read ends, non-blocking
  Fd err;
  Fd listener;  // seccomp user notification
};

// The execve that starts the interpreter comes after the filter, which refuses it. A child that was parked,
// or is of a fork server, is an interpreter already.
enum class FirstExec { kLetThrough, kRefused };

struct Supervision {
  Limits limits;
  const Policy* policy = nullptr;         // outlives the run
  TraceRecorder* trace = nullptr;         // of a trace; outlives the run
  ArgumentReader* arguments = nullptr;    // outlives the run
  ScratchWatch* scratch_watch = nullptr;  // outlives the run; null where the kernel keeps its limits
  std::string scratch;                    // its directory, where there is a watch
  // The processor time of all its processes so far, where that is limited.
  std::function<std::chrono::nanoseconds()> processor_time;
  std::string input;  // what the child reads to the end: the user's code, see boot.py
  FirstExec first_exec = FirstExec::kRefused;
  // Whether the run is over when it says so (policy/end_mark.h): it can have started no other process.
  bool over_when_told = false;
  bool counts_io = false;            // as Isolation says
  std::optional<std::uint32_t> uid;  // of the run, where it is its own
  // Ends what the end of the first process may leave (other processes of the run); may be empty.
  std::function<boost::asio::awaitable<void>()> end_rest;
  // Becomes readable when memory of the run's cgroup may be over, where the kernel ends one process for that
  // and not all; -1: none. `memory_reached` tells whether it was so. Borrowed, as long as the run.
  int memory_event = -1;
  std::function<bool()> memory_reached;
  // Called once when the run has done so much that others go first; may be empty.
  std::function<void()> give_way;
  // Called again and again where a run may have processes so many that others wait for them; else empty.
  std::function<void()> look_at_processes;
  // Called when the run is over or to be ended; may be empty.
  std::function<void()> at_end;
  Locale locale = Locale::kEnglish;  // of the explanations
};

class Supervisor {
 public:
  Supervisor(boost::asio::io_context& io, Watched watched, Supervision supervision);
  // Kills the first process and waits for it, unless it has been taken or has gone, as it has after Wait().
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Returns when the run is over: its first process is gone, and what `end_rest` ends; or it has told its
  // end, and has been killed. Throws what a watcher has thrown, when the run has been ended for that.
  // Called once.
  boost::asio::awaitable<Evidence> Wait();
  // After Wait(): the pidfd of a first process that is still to be reaped, or nothing.
  Fd TakeProcess();
  Fd TakeListener() { return listener_.Release(); }
  // Ends the run; Wait() then returns soon.
  void End(Stop reason);

 private:
  using Stream = Waitable::Stream;

  struct Output {
    Waitable pipe;
    std::string bytes;
    std::uint64_t limit;
    Stop over;
    std::uint64_t rest = ~std::uint64_t{0};  // bytes that count, of those that are still to be read
  };

  boost::asio::awaitable<void> WatchRun();
  boost::asio::awaitable<void> Keep(boost::asio::awaitable<void> watching);
  boost::asio::awaitable<void> Forever();
  void Fail();  // in a handler of what was thrown
  boost::asio::awaitable<void> WatchExit();
  boost::asio::awaitable<void> ReadOutput(Output& output);
  boost::asio::awaitable<void> ReadOutputs();
  boost::asio::awaitable<void> WriteInput();
  boost::asio::awaitable<void> ServeListener();
  boost::asio::awaitable<void> WatchLimits();
  boost::asio::awaitable<void> WatchDeadline();
  boost::asio::awaitable<void> WatchScratch();
  boost::asio::awaitable<void> WatchProcesses();
  void GiveWay();
  void AtEnd();
  std::chrono::nanoseconds ProcessorTimeLeft() const;
  boost::asio::awaitable<void> WatchMemory();
  bool ReadAvailable(Output& output);
  boost::asio::awaitable<void> HandleNotification();
  bool TakeToldEnd(const Notification& notification);
  boost::asio::awaitable<void> Answer(Notification notification);
  boost::asio::awaitable<void> RecordDenial(Notification notification);
  bool CountWithoutArguments(const RefusedCall& call);
  void CountAgain(std::vector<Denial>::iterator known);

  Supervision supervision_;
  bool signalled_ = false;
  int status_ = 0;  // exit status or signal
  ProcessUse use_;
  bool told_ = false;            // its end
  bool reaped_ = false;          // the first process
  bool exited_ = false;          // the same, or it has told its end
  bool all_ended_ = false;       // nothing writes any more
  bool may_exec_ = false;        // the one execve of ours is still to come
  bool memory_is_slow_ = false;  // and is not looked at any more
  std::uint64_t denied_calls_ = 0;
  std::uint64_t traced_calls_ = 0;  // carried out or refused
  Stop stop_ = Stop::kNone;
  std::exception_ptr failed_;  // what a watcher has thrown first
  std::chrono::steady_clock::time_point started_;
  std::vector<Denial> denied_;
  Waitable pidfd_;
  Waitable listener_;
  Waitable code_;
  Output out_;
  Output err_;
  boost::asio::steady_timer quiet_;  // before, only its end and refused calls are watched for
  boost::asio::steady_timer deadline_;
};

}  // namespace sandgate

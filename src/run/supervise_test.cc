// SPDX-License-Identifier: Apache-2.0
// What becomes of a run when whoever watches it fails. The rest is tested with real runs (tests/isolation/).
#include "run/supervise.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/error.h"

namespace sandgate {
namespace {

// Of a process that waits for its end, and reads nothing.
Watched WatchedSleeper(pid_t& child) {
  child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  sys::PipeEnds code = sys::Pipe(sys::PipeEnd::kWrite);
  sys::PipeEnds out = sys::Pipe(sys::PipeEnd::kRead);
  sys::PipeEnds err = sys::Pipe(sys::PipeEnd::kRead);
  return {.pidfd = Fd(Check(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)), "pidfd_open")),
          .code = std::move(code.write),
          .out = std::move(out.read),
          .err = std::move(err.read),
          .listener = Fd(Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"))};
}

TEST(Supervisor, WhatAWatcherThrowsEndsTheRun) {
  boost::asio::io_context io(1);
  pid_t child = -1;
  Supervision supervision;
  supervision.limits.worker_timeout = 600;
  supervision.limits.limit_cpu_seconds = 600;
  supervision.limits.limit_stdout_bytes = supervision.limits.limit_stderr_bytes = 1;
  supervision.processor_time = []() -> std::chrono::nanoseconds { throw Error("no time"); };
  std::exception_ptr failed;
  {
    Supervisor supervisor(io, WatchedSleeper(child), std::move(supervision));
    boost::asio::co_spawn(io, supervisor.Wait(), [&](std::exception_ptr error, const Evidence&) {
      failed = error;
      io.stop();
    });
    io.run_for(std::chrono::seconds(20));
  }
  ASSERT_TRUE(failed);
  EXPECT_THROW(std::rethrow_exception(failed), Error);
  EXPECT_EQ(::kill(child, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace sandgate

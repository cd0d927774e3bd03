// SPDX-License-Identifier: Apache-2.0
// The end of a run that fails to be watched, and one that is told. The rest is tested with real runs
// (tests/isolation/).
#include "run/supervise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <thread>

#include "base/error.h"
#include "policy/filter.h"
#include "spawner/end_run.h"

namespace sandgate {
namespace {

class SupervisorTest : public ::testing::Test {
 protected:
  SupervisorTest() {
    ::signal(SIGPIPE, SIG_IGN);
    supervision_.limits.worker_timeout = 600;
    supervision_.limits.limit_stdout_bytes = supervision_.limits.limit_stderr_bytes = 1 << 30;
  }

  // The process `child`, whose standard streams we hold.
  Watched Watch(pid_t child, Fd listener) {
    sys::PipeEnds code = sys::Pipe(sys::PipeEnd::kWrite);
    sys::PipeEnds out = sys::Pipe(sys::PipeEnd::kRead);
    sys::PipeEnds err = sys::Pipe(sys::PipeEnd::kRead);
    out_ = std::move(out.write);
    err_ = std::move(err.write);
    return {.pidfd = Fd(Check(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)), "pidfd_open")),
            .code = std::move(code.write),
            .out = std::move(out.read),
            .err = std::move(err.read),
            .listener = std::move(listener)};
  }

  Evidence Wait(Supervisor& supervisor) {
    std::exception_ptr failed;
    Evidence told;
    bool returned = false;
    boost::asio::co_spawn(io_, supervisor.Wait(), [&](std::exception_ptr error, Evidence evidence) {
      failed = error;
      told = std::move(evidence);
      returned = true;
      io_.stop();
    });
    io_.run_for(std::chrono::seconds(60));
    if (failed) std::rethrow_exception(failed);
    EXPECT_TRUE(returned);
    return told;
  }

  boost::asio::io_context io_{1};
  Supervision supervision_;
  Fd out_;
  Fd err_;
};

TEST_F(SupervisorTest, WhatAWatcherThrowsEndsTheRunAndWhatItHasLeft) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  bool rest_ended = false;
  supervision_.limits.limit_cpu_seconds = 600;
  supervision_.processor_time = []() -> std::chrono::nanoseconds { throw Error("no time"); };
  supervision_.end_rest = [&rest_ended]() -> boost::asio::awaitable<void> {
    rest_ended = true;
    co_return;
  };
  Supervisor supervisor(io_, Watch(child, Fd(Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"))),
                        std::move(supervision_));
  try {
    Wait(supervisor);
    FAIL() << "nothing was thrown";
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "no time");
  }
  EXPECT_TRUE(rest_ended);
  EXPECT_FALSE(supervisor.TakeProcess()) << "it has been reaped";
}

// Shares its descriptors with us, so that its listener is ours. Tells its end at once.
pid_t StartOneThatTellsItsEnd(const std::string& filter, int tell) {
  const auto child = static_cast<pid_t>(::syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
  if (child != 0) return child;
  const sock_fprog program{static_cast<unsigned short>(filter.size() / sizeof(sock_filter)),
                           reinterpret_cast<sock_filter*>(const_cast<char*>(filter.data()))};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const auto listener = static_cast<int>(
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
  if (::write(tell, &listener, sizeof listener) != sizeof listener) ::_exit(1);
  EndRun(256 + 7);
}

TEST_F(SupervisorTest, AToldEndIsTakenAndWhatIsWrittenAfterItIsNot) {
  const sys::PipeEnds told = sys::Pipe(sys::PipeEnd::kWrite);
  const pid_t child = StartOneThatTellsItsEnd(ExportFilter(Policy::Make({})), told.write.get());
  int listener = -1;
  ASSERT_EQ(::read(told.read.get(), &listener, sizeof listener), static_cast<ssize_t>(sizeof listener));
  if (listener < 0) {
    ::kill(child, SIGKILL);
    GTEST_SKIP() << "a filter with a listener is refused here";
  }
  pollfd waits{listener, POLLIN, 0};
  ASSERT_EQ(::poll(&waits, 1, 20'000), 1);

  supervision_.over_when_told = true;
  supervision_.counts_io = ::access("/proc/self/io", F_OK) == 0;
  Watched watched = Watch(child, Fd(listener));
  std::thread writer([out = out_.get()] {
    while (::write(out, "further", 7) > 0) {
    }
  });
  {
    Supervisor supervisor(io_, std::move(watched), std::move(supervision_));
    const Evidence evidence = Wait(supervisor);
    EXPECT_FALSE(evidence.signalled);
    EXPECT_EQ(evidence.status, 7);
    EXPECT_EQ(evidence.stop, Stop::kNone);
    EXPECT_LT(evidence.stdout_bytes.size(), 16u << 20);
    const Fd process = supervisor.TakeProcess();
    ASSERT_TRUE(process) << "it was waited for";
    pollfd ended{process.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ended, 1, 20'000), 1);
    const auto exit = sys::Reap(process.get());
    ASSERT_TRUE(exit);
    EXPECT_EQ(exit->code, CLD_KILLED);
  }
  writer.join();
}

}  // namespace
}  // namespace sandgate

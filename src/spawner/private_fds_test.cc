// SPDX-License-Identifier: Apache-2.0
// In a child of the test, which may close what it likes.
#include "spawner/private_fds.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/fd.h"

namespace sandgate {
namespace {

constexpr int kFirst = 700;  // what the test itself has open lies below

Fd ProcSelf() { return Fd(::open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

// `fd` under a number from kFirst on.
Fd Above(int fd) {
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, kFirst);
  ::close(fd);
  return Fd(moved);
}

bool IsReadable(int fd) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0;
}

bool SharedWithParent(int fd) { return ::syscall(SYS_kcmp, ::getpid(), ::getppid(), KCMP_FILE, fd, fd) == 0; }

struct Loop {
  Loop() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    reader = Above(ends[0]);
    writer = Above(ends[1]);
    wakeup = Above(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    poll = Above(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = 77;
    ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, wakeup.get(), &event);
  }
  Fd reader, writer, wakeup, poll;
};

// True when `check` is, in a copy of this process without its descriptors from kFirst on.
bool InChild(const PrivateFds& fds, const std::function<bool()>& check) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::syscall(SYS_close_range, static_cast<unsigned>(kFirst), ~0U, 0);
    ::_exit(fds.Recreate() && check() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status == 0;
}

TEST(PrivateFds, AreNotThoseOfTheParent) {
  const Loop loop;
  PrivateFds fds;
  fds.Remember(ProcSelf().get(), kFirst, {});
  EXPECT_TRUE(InChild(fds, [&] {
    return !SharedWithParent(loop.reader.get()) && !SharedWithParent(loop.writer.get()) &&
           !SharedWithParent(loop.wakeup.get()) && !SharedWithParent(loop.poll.get());
  }));
}

TEST(PrivateFds, AreConnectedAsTheyWere) {
  const Loop loop;
  PrivateFds fds;
  fds.Remember(ProcSelf().get(), kFirst, {});
  EXPECT_TRUE(InChild(fds, [&] {
    epoll_event event{};
    if (::epoll_wait(loop.poll.get(), &event, 1, 0) != 0) return false;
    if (::eventfd_write(loop.wakeup.get(), 1) != 0) return false;
    if (::epoll_wait(loop.poll.get(), &event, 1, 0) != 1 || event.data.u64 != 77) return false;
    return ::write(loop.writer.get(), "x", 1) == 1 && IsReadable(loop.reader.get());
  }));
}

TEST(PrivateFds, KeepFlagsAndCounts) {
  const Loop loop;
  ASSERT_EQ(::write(loop.writer.get(), "x", 1), 1);
  ASSERT_EQ(::eventfd_write(loop.wakeup.get(), 5), 0);
  PrivateFds fds;
  fds.Remember(ProcSelf().get(), kFirst, {});
  EXPECT_TRUE(InChild(fds, [&] {
    char bytes[8];
    eventfd_t count = 0;
    return ::read(loop.reader.get(), bytes, sizeof bytes) == 1 && ::read(loop.reader.get(), bytes, 1) < 0 &&
           errno == EAGAIN && ::eventfd_read(loop.wakeup.get(), &count) == 0 && count == 5 &&
           ::fcntl(loop.poll.get(), F_GETFD) == FD_CLOEXEC;
  }));
}

TEST(PrivateFds, DevicesAreOpenedAgainAsTheyWere) {
  for (const char* device : {"/dev/null", "/dev/random", "/dev/urandom"}) {
    const Fd fd = Above(::open(device, O_RDONLY | O_CLOEXEC));
    PrivateFds fds;
    fds.Remember(ProcSelf().get(), kFirst, {});
    const bool is_random = std::string(device) != "/dev/null";
    EXPECT_TRUE(InChild(fds, [&] {
      char byte;
      return !SharedWithParent(fd.get()) && ::read(fd.get(), &byte, 1) == (is_random ? 1 : 0) &&
             ::write(fd.get(), "", 1) < 0 && errno == EBADF;
    })) << device;
  }
}

TEST(PrivateFds, RefuseADeviceWithAState) {
  const Fd terminals = Above(::open("/dev/ptmx", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminals) GTEST_SKIP() << "no /dev/ptmx here";
  PrivateFds fds;
  EXPECT_THROW(fds.Remember(ProcSelf().get(), kFirst, {}), Error);
}

TEST(PrivateFds, RefuseWhatCannotBeMadeAnew) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const Fd one = Above(pair[0]);
  const Fd other = Above(pair[1]);
  PrivateFds fds;
  EXPECT_THROW(fds.Remember(ProcSelf().get(), kFirst, {}), Error);
  EXPECT_NO_THROW(fds.Remember(ProcSelf().get(), kFirst, {one.get(), other.get()}));
}

TEST(PrivateFds, RefuseAPipeToSomewhereElse) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reader = Above(ends[0]);
  const Fd writer(ends[1]);  // below: not one of those that are remembered
  PrivateFds fds;
  EXPECT_THROW(fds.Remember(ProcSelf().get(), kFirst, {}), Error);
}

}  // namespace
}  // namespace sandgate

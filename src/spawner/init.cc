// SPDX-License-Identifier: Apache-2.0
#include "spawner/init.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>

#include "base/error.h"
#include "base/sys.h"
#include "jail/locks.h"

namespace sandgate {

namespace {

constexpr std::uint32_t kNobody = 65534;

// Where an init starts. Once it is settled it sleeps in the kernel until it is killed, and never returns to
// its stack, which may then serve another: all signals are blocked.
struct Place {
  alignas(64) std::array<char, 16384> stack;
  InitOf of;
  std::atomic<bool> settled{true};
  Fd process;  // pidfd of the latest
};

std::array<Place, 8> places;

// An init has copies of this process's handlers, which a run of the same uid could call by a signal to
// process 1 (pid_namespaces(7)): in memory that is shared, on a stack that may be another's. Not by
// sigprocmask(3), which leaves out the signals that the C library itself uses.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    const std::uint64_t all = ~std::uint64_t{0};
    Check(static_cast<int>(::syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before_, sizeof all)),
          "block signals");
  }
  ~AllSignalsBlocked() { ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  std::uint64_t before_ = 0;  // the kernel's sigset_t
};

// setresuid(2) lets others trace a process again where /proc/sys/fs/suid_dumpable says so (proc(5)), and this
// one's memory is the spawner's.
bool ForbidTracing() { return ::syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0) == 0; }

// Shares errno with the spawner, and so calls nothing that sets it where all goes well, and no cancellation
// point of the C library. Orphans are reaped by the kernel because SIGCHLD is ignored.
int InitMain(void* argument) {
  Place& place = *static_cast<Place*>(argument);
  JailPlan nobody{};
  nobody.change_ids = place.of.change_ids;
  nobody.empty_network = place.of.empty_network;
  nobody.uid = nobody.gid = kNobody;
  const bool confined =
      ::signal(SIGCHLD, SIG_IGN) != SIG_ERR && lock::EnterNetwork(nobody, place.of.network) == 0 &&
      lock::ForbidNewPrivileges(nobody) == 0 && lock::BecomeRunUser(nobody) == 0 && ForbidTracing() &&
      lock::DropCapabilities(nobody) == 0 && lock::DieWithServer(nobody) == 0;
  pollfd peer{place.of.server, 0, 0};
  timespec now{};
  // A server that died before the line above shows as a hang-up.
  if (!confined || ::syscall(SYS_ppoll, &peer, 1, &now, nullptr, 0) != 0) {
    place.settled.store(true);
    ::syscall(SYS_exit, 1);
  }
  ::syscall(SYS_close_range, 0U, ~0U, 0);
  place.settled.store(true);
  for (;;) ::syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
}

// An init that was killed before it was settled, as its run was over, uses the stack no more either.
bool IsFree(const Place& place) { return place.settled.load() || sys::IsReady(place.process.get(), POLLIN); }

Place& FindPlace() {
  for (;;) {
    for (Place& place : places) {
      if (IsFree(place)) return place;
    }
    ::sched_yield();  // those that start are a few system calls away from being settled
  }
}

}  // namespace

Cloned StartInit(const InitOf& of) {
  Place& place = FindPlace();
  place.of = of;
  place.settled.store(false);
  int pidfd = -1;
  const AllSignalsBlocked blocked;
  // clone(2): with CLONE_PARENT the exit signal is that of this process.
  const pid_t pid = ::clone(InitMain, place.stack.data() + place.stack.size(),
                            CLONE_VM | CLONE_PARENT | CLONE_PIDFD, &place, &pidfd);
  Cloned cloned;
  cloned.pid = pid;
  if (pid > 0) {
    cloned.pidfd = Fd(pidfd);
    place.process.reset(::fcntl(pidfd, F_DUPFD_CLOEXEC, pidfd));
  } else {
    place.settled.store(true);
  }
  return cloned;
}

}  // namespace sandgate

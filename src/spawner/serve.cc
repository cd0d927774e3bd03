// SPDX-License-Identifier: Apache-2.0
#include "spawner/serve.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/sys.h"
#include "base/wire.h"
#include "jail/jail.h"
#include "spawner/clone.h"
#include "spawner/init.h"
#include "spawner/protocol.h"

namespace sandgate {

namespace {

// Descriptors below this number belong to the jail (JailFds).
constexpr int kFirstFreeFd = kControlFd + 1;

// Takes a child out of the serve loop. The descriptors that are closed on the way are closed already.
struct ChildReturns {};

class SpawnerLoop {
 public:
  // Throws Error.
  SpawnerLoop(Fd server, const SpawnerHooks& hooks);

  void Serve();
  // The server has gone. What a run has forked does not die with it: PR_SET_PDEATHSIG is not inherited.
  void SweepAll();

 private:
  struct Children {
    Cloned init;
    Cloned run;
    int error = 0;
  };

  void Spawn(WireReader& in, std::vector<Fd> fds);
  void Sweep(WireReader& in);
  Children MakeChildren(const JailPlan& plan, const std::vector<Fd>& fds);
  Cloned ForkRun(const JailPlan& plan, const std::vector<Fd>& fds);
  [[noreturn]] void BeChild(const JailPlan& plan, const std::vector<Fd>& fds);
  std::size_t ReadFilter(int fd);

  Fd server_;
  SpawnerHooks hooks_;
  Fd self_;  // pidfd of the spawner: the way back to its own pid namespace
  pid_t* thread_id_ = nullptr;
  JailPlan plan_{};
  std::array<char, kMaxFilterBytes> filter_{};
  std::size_t filter_size_ = 0;
  std::set<std::uint32_t> uids_;  // to be swept at the end
};

SpawnerLoop::SpawnerLoop(Fd server, const SpawnerHooks& hooks)
    : server_(std::move(server)),
      hooks_(hooks),
      self_(Check(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)), "pidfd_open")) {
  // execve(2) of an interpreter has reset it.
  Check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE");
  if (!hooks_.forks_interpreter) return;
  thread_id_ = ThreadIdAddress();
  if (thread_id_ == nullptr)
    throw Error("the kernel does not tell the thread's id address (PR_GET_TID_ADDRESS)");
}

std::size_t SpawnerLoop::ReadFilter(int fd) {
  std::size_t size = 0;
  for (;;) {
    const ssize_t n = ::pread(fd, filter_.data() + size, filter_.size() - size, static_cast<off_t>(size));
    if (n <= 0) return n == 0 ? size : 0;
    size += static_cast<std::size_t>(n);
  }
}

void SpawnerLoop::BeChild(const JailPlan& plan, const std::vector<Fd>& fds) {
  std::array<int, JailPlan::kMaxCgroupEntries> cgroups{};
  const std::size_t entered = plan.cgroup_version == 1 ? plan.cgroup_entries : 0;
  for (std::size_t i = 0; i < entered; ++i) cgroups[i] = fds[kSpawnFds + i].get();
  const JailFds jail_fds{.out = fds[1].get(),
                         .err = fds[2].get(),
                         .code = fds[0].get(),
                         .control = fds[3].get(),
                         .network = hooks_.empty_network,
                         .cgroups = std::span(cgroups).first(entered)};
  const Filter filter{std::span(filter_.data(), filter_size_), hooks_.after_fork_child};
  if (Confine(plan, jail_fds, filter) != 0) ::_exit(127);
  // execve(2) closes it elsewhere: user code must not speak to the server in our name.
  if (hooks_.forks_interpreter) ::close(kControlFd);
  hooks_.child_main(plan);
  if (hooks_.child_returns) throw ChildReturns{};
  ::_exit(127);
}

Cloned SpawnerLoop::ForkRun(const JailPlan& plan, const std::vector<Fd>& fds) {
  if (hooks_.before_fork != nullptr) hooks_.before_fork();
  const int cgroup = plan.cgroup_version == 2 ? fds[kSpawnFds].get() : -1;
  Cloned run = Clone({.flags = CLONE_PARENT | plan.namespaces, .thread_id = thread_id_, .cgroup = cgroup});
  if (run.pid == 0) BeChild(plan, fds);
  const int error = errno;
  if (hooks_.after_fork != nullptr) hooks_.after_fork();
  errno = error;
  return run;
}

SpawnerLoop::Children SpawnerLoop::MakeChildren(const JailPlan& plan, const std::vector<Fd>& fds) {
  Children children;
  if (plan.pid_namespace) {
    // pid_namespaces(7): the next child is process 1 of the new namespace, those after it join it. It stays
    // out of the run's cgroup: whom the kernel ends for memory takes along all who share it, and it shares
    // ours.
    const InitOf of{.server = server_.get(),
                    .change_ids = plan.change_ids,
                    .empty_network = plan.empty_network || (plan.namespaces & CLONE_NEWNET) != 0,
                    .network = hooks_.empty_network};
    children.init = ::unshare(CLONE_NEWPID) == 0 ? StartInit(of) : Cloned{};
    if (children.init.pid < 0) children.error = errno;
  }
  if (children.error == 0) {
    children.run = ForkRun(plan, fds);
    if (children.run.pid < 0) children.error = errno;
  }
  // Back, or the next unshare would not be below our own namespace (unshare(2), EINVAL).
  if (plan.pid_namespace) Check(::setns(self_.get(), CLONE_NEWPID), "setns to the own pid namespace");
  return children;
}

// Fewer would be a run without its limits.
bool HasDescriptors(const JailPlan& plan, const std::vector<Fd>& fds) {
  const std::size_t entries = plan.cgroup_entries;
  const bool fits = plan.cgroup_version == 0   ? entries == 0
                    : plan.cgroup_version == 1 ? entries > 0
                                               : plan.cgroup_version == 2 && entries == 1;
  return fits && fds.size() == kSpawnFds + entries;
}

void SpawnerLoop::Spawn(WireReader& in, std::vector<Fd> fds) {
  const std::uint64_t id = in.Word();
  Children children;
  if (!DecodePlan(in.Rest(), plan_) || !HasDescriptors(plan_, fds)) {
    children.error = EBADMSG;
  } else if ((filter_size_ = ReadFilter(fds[4].get())) == 0) {
    children.error = ENOEXEC;
  } else {
    children = MakeChildren(plan_, fds);
  }
  if (children.error != 0 && children.init.pidfd) sys::SendSignal(children.init.pidfd.get(), SIGKILL);
  WireWriter out;
  out.Word(static_cast<std::uint64_t>(Message::kSpawned));
  out.Word(id);
  out.Word(static_cast<std::uint64_t>(children.error));
  out.Word(static_cast<std::uint64_t>(children.run.pid));
  std::vector<int> pidfds;
  if (children.run.pidfd) pidfds.push_back(children.run.pidfd.get());
  if (children.init.pidfd) pidfds.push_back(children.init.pidfd.get());
  sys::SendPacket(server_.get(), out.Take(), pidfds);
}

// kill(-1) by a process whose effective uid is `uid`: every process of that uid. Its other uids are
// `sweeper`, which no run has: the processes that it ends may not signal it (kill(2)). True when that could
// be done.
bool KillAllOf(std::uint32_t uid, std::uint32_t sweeper_uid) {
  const pid_t sweeper = ::fork();
  if (sweeper == 0) {
    ::_exit(::syscall(SYS_setresuid, sweeper_uid, uid, sweeper_uid) == 0 &&
                    (::kill(-1, SIGKILL) == 0 || errno == ESRCH)
                ? 0
                : 1);
  }
  int status = 1;
  while (sweeper > 0 && ::waitpid(sweeper, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0;
}

void SpawnerLoop::Sweep(WireReader& in) {
  const auto uid = static_cast<std::uint32_t>(in.Word());
  const bool swept = hooks_.sweeper_uid && KillAllOf(uid, *hooks_.sweeper_uid);
  WireWriter out;
  out.Word(static_cast<std::uint64_t>(Message::kSwept));
  out.Word(uid);
  out.Word(swept ? 0 : EPERM);
  sys::SendPacket(server_.get(), out.Take(), {});
}

void SpawnerLoop::SweepAll() {
  if (!hooks_.sweeper_uid) return;
  for (const std::uint32_t uid : uids_) KillAllOf(uid, *hooks_.sweeper_uid);
}

void SpawnerLoop::Serve() {
  for (;;) {
    sys::Received received = sys::ReceivePacket(server_.get(), kMaxPacket);
    if (!received.packet) return;
    WireReader in(received.packet->bytes);
    switch (static_cast<Message>(in.Word())) {
      case Message::kSpawn:
        Spawn(in, std::move(received.packet->fds));
        break;
      case Message::kSweep:
        Sweep(in);
        break;
      case Message::kSweepAtEnd:
        uids_.insert(static_cast<std::uint32_t>(in.Word()));
        break;
      default:
        throw Error("spawner: unexpected message");
    }
  }
}

}  // namespace

Fd TakeServerSocket() {
  Fd server(Check(::fcntl(kSpawnerSocket, F_DUPFD_CLOEXEC, kFirstFreeFd), "F_DUPFD"));
  Fd opened(Check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open /dev/null"));
  const Fd null(Check(::fcntl(opened.get(), F_DUPFD_CLOEXEC, kFirstFreeFd), "F_DUPFD"));
  opened.reset();  // it may have a number of the range
  for (int fd = STDERR_FILENO + 1; fd < kFirstFreeFd; ++fd) {
    Check(::dup3(null.get(), fd, O_CLOEXEC), "dup3");
  }
  return server;
}

void TellReady(int socket, const std::string& failure, const std::string& notes) {
  WireWriter ready;
  ready.Word(static_cast<std::uint64_t>(Message::kReady));
  ready.String(failure);
  ready.String(notes);
  sys::SendPacket(socket, ready.Take(), {});
}

Served ServeSpawner(Fd socket, const SpawnerHooks& hooks) {
  try {
    SpawnerLoop loop(std::move(socket), hooks);
    int status = 0;
    try {
      loop.Serve();
    } catch (const Error&) {
      status = 1;  // the server sees end of file and says so
    }
    loop.SweepAll();
    return {.status = status};
  } catch (const ChildReturns&) {
    return {.in_child = true};
  } catch (const Error&) {
    return {.status = 1};
  }
}

}  // namespace sandgate

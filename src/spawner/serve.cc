// SPDX-License-Identifier: Apache-2.0
#include "spawner/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/sys.h"
#include "base/wire.h"
#include "jail/jail.h"
#include "jail/locks.h"
#include "jail/tree.h"
#include "spawner/clone.h"
#include "spawner/protocol.h"

namespace sandgate {

namespace {

// Descriptors below this number belong to the jail (JailFds): they are kept taken in the spawner, so
// that nothing it receives can collide with them.
constexpr int kFirstFreeFd = 10;
constexpr std::uint32_t kNobody = 65534;

std::string Head(Message message) {
  WireWriter out;
  out.Word(static_cast<std::uint64_t>(message));
  return out.Take();
}

// Process 1 of a run's pid namespace. Holds no descriptor and no privilege; orphans are reaped by the
// kernel because SIGCHLD is ignored.
[[noreturn]] void RunInit(int server, bool change_ids) {
  JailPlan nobody{};
  nobody.change_ids = change_ids;
  nobody.uid = nobody.gid = kNobody;
  pollfd peer{server, 0, 0};
  const bool confined = ::signal(SIGCHLD, SIG_IGN) != SIG_ERR && lock::ForbidNewPrivileges(nobody) == 0 &&
                        lock::BecomeRunUser(nobody) == 0 && lock::DropCapabilities(nobody) == 0 &&
                        lock::DieWithServer(nobody) == 0;
  // A server that died before the line above shows as a hang-up.
  if (!confined || ::poll(&peer, 1, 0) != 0) ::_exit(1);
  ::syscall(SYS_close_range, 0U, ~0U, 0);
  for (;;) ::pause();
}

class SpawnerLoop {
 public:
  SpawnerLoop(Fd server, ChildMain child_main) : server_(std::move(server)), child_main_(child_main) {}
  // The server has gone. What a run has forked does not die with it: PR_SET_PDEATHSIG is not inherited.
  ~SpawnerLoop();
  SpawnerLoop(const SpawnerLoop&) = delete;
  SpawnerLoop& operator=(const SpawnerLoop&) = delete;

  void Start();
  void Serve();

 private:
  struct Children {
    Cloned init;
    Cloned run;
    int error = 0;
  };

  void Spawn(WireReader& in, std::vector<Fd> fds);
  void Sweep(WireReader& in);
  Children MakeChildren(const JailPlan& plan, const std::vector<Fd>& fds);
  [[noreturn]] void BeChild(const JailPlan& plan, const std::vector<Fd>& fds);
  std::size_t ReadFilter(int fd);
  sys::Received Receive() { return sys::ReceivePacket(server_.get(), kMaxPacket); }
  void MapIds();
  void MoveToOwnPidNamespace();

  Fd server_;
  ChildMain child_main_;
  Fd null_;
  Fd self_;  // pidfd of the spawner: the way back to its own pid namespace
  Fd empty_network_;  // for runs without the network; null where runs have no namespaces
  JailPlan plan_{};
  std::array<char, kMaxFilterBytes> filter_{};
  std::size_t filter_size_ = 0;
  std::uint32_t sweeper_uid_ = 0;
  std::set<std::uint32_t> uids_;  // given to runs that no pid namespace ends
};

void SpawnerLoop::MapIds() {
  sys::SendPacket(server_.get(), Head(Message::kMapIds), {});
  if (!Receive().packet) throw Error("the server left while ids were mapped");
}

// Inherited by every run: killed first when memory runs out; nothing can be added by execve.
void PrepareForChildren() {
  try {
    sys::WriteFile("/proc/self/oom_score_adj", "1000");
  } catch (const Error&) {
    // No procfs here (a chroot without it): the memory limit of the run still holds.
  }
}

// Capabilities that no later execve may bring back. Where CAP_SETPCAP is missing there is nothing to
// bring back either: the spawner has no capabilities and no_new_privs keeps it so.
void EmptyBoundingSet() {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

// The way back from a pid namespace needs rights over the one we live in (setns(2)). In a user namespace
// that is one of our own making: this process makes an init and a second spawner there, which takes over
// the socket, tells the server of the two, and goes on in its place.
void SpawnerLoop::MoveToOwnPidNamespace() {
  Check(::unshare(CLONE_NEWPID), "unshare a pid namespace");
  Cloned init = Clone(CLONE_PARENT);
  if (init.pid == 0) RunInit(server_.get(), false);
  Check(init.pid, "clone the init of the spawner");
  Cloned spawner = Clone(CLONE_PARENT);
  if (spawner.pid == 0) return;
  Check(spawner.pid, "clone the spawner");
  const int pidfds[] = {spawner.pidfd.get(), init.pidfd.get()};
  sys::SendPacket(server_.get(), Head(Message::kMoved), pidfds);
  ::_exit(0);
}

// A network namespace with nothing but a loopback device that is down. Made once: each takes the kernel 0.7 ms.
Fd MakeEmptyNetwork() {
  const auto current = [] {
    return Fd(Check(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "open /proc/self/ns/net"));
  };
  const Fd own = current();
  Check(::unshare(CLONE_NEWNET), "unshare a network namespace");
  Fd empty = current();
  Check(::setns(own.get(), CLONE_NEWNET), "setns to the own network namespace");
  return empty;
}

void SpawnerLoop::Start() {
  sys::Received first = Receive();
  if (!first.packet) throw Error("no tree packet");
  std::string& bytes = first.packet->bytes;
  if (bytes.size() < sizeof(std::uint64_t)) throw Error("short tree packet");
  const TreeSpec tree = DecodeTree(std::span(bytes).subspan(sizeof(std::uint64_t)));
  sweeper_uid_ = tree.sweeper_uid;
  PrepareForChildren();
  EnterUserNamespace(tree, [this] { MapIds(); });
  if (tree.user_namespace) MoveToOwnPidNamespace();
  if (tree.mount_namespace) empty_network_ = MakeEmptyNetwork();  // the tree has no /proc
  EnterTree(tree);
  EmptyBoundingSet();
  Check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE");
  // Elsewhere the end of the socket ends the spawner, after it has swept. Set last: entering a user namespace
  // clears the signal (user_namespaces(7)).
  if (tree.mount_namespace) Check(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG");
  null_ = Fd(Check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null"));
  self_ = Fd(Check(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)), "pidfd_open"));
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
  const JailFds jail_fds{null_.get(), fds[1].get(), fds[2].get(), fds[0].get(), fds[3].get(),
                         empty_network_.get()};
  if (Confine(plan, jail_fds, std::span(filter_.data(), filter_size_)) == 0) child_main_(plan);
  ::_exit(127);
}

SpawnerLoop::Children SpawnerLoop::MakeChildren(const JailPlan& plan, const std::vector<Fd>& fds) {
  Children children;
  if (plan.pid_namespace) {
    // pid_namespaces(7): the next child is process 1 of the new namespace, those after it join it.
    children.init = ::unshare(CLONE_NEWPID) == 0 ? Clone(CLONE_PARENT) : Cloned{};
    if (children.init.pid == 0) RunInit(server_.get(), plan.change_ids);
    if (children.init.pid < 0) children.error = errno;
  }
  if (children.error == 0) {
    if (plan.change_ids && !plan.pid_namespace) uids_.insert(plan.uid);
    children.run = Clone(CLONE_PARENT | plan.namespaces);
    if (children.run.pid == 0) BeChild(plan, fds);
    if (children.run.pid < 0) children.error = errno;
  }
  // Back, or the next unshare would not be below our own namespace (unshare(2), EINVAL).
  if (plan.pid_namespace) Check(::setns(self_.get(), CLONE_NEWPID), "setns to the own pid namespace");
  return children;
}

void SpawnerLoop::Spawn(WireReader& in, std::vector<Fd> fds) {
  const std::uint64_t id = in.Word();
  Children children;
  if (!DecodePlan(in.Rest(), plan_) || fds.size() != kSpawnFds) {
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
  const bool swept = KillAllOf(uid, sweeper_uid_);
  WireWriter out;
  out.Word(static_cast<std::uint64_t>(Message::kSwept));
  out.Word(uid);
  out.Word(swept ? 0 : EPERM);
  sys::SendPacket(server_.get(), out.Take(), {});
}

SpawnerLoop::~SpawnerLoop() {
  for (const std::uint32_t uid : uids_) KillAllOf(uid, sweeper_uid_);
}

void SpawnerLoop::Serve() {
  for (;;) {
    sys::Received received = Receive();
    if (!received.packet) return;
    WireReader in(received.packet->bytes);
    switch (static_cast<Message>(in.Word())) {
      case Message::kSpawn:
        Spawn(in, std::move(received.packet->fds));
        break;
      case Message::kSweep:
        Sweep(in);
        break;
      default:
        throw Error("spawner: unexpected message");
    }
  }
}

// Moves the socket out of the jail's range of numbers and takes the rest of the range.
Fd ReserveLowDescriptors() {
  Fd server(Check(::fcntl(kSpawnerSocket, F_DUPFD_CLOEXEC, kFirstFreeFd), "F_DUPFD"));
  Fd opened(Check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open /dev/null"));
  const Fd null(Check(::fcntl(opened.get(), F_DUPFD_CLOEXEC, kFirstFreeFd), "F_DUPFD"));
  for (int fd = 0; fd < kFirstFreeFd; ++fd) {
    if (fd != STDERR_FILENO && fd != opened.get()) Check(::dup3(null.get(), fd, O_CLOEXEC), "dup3");
  }
  if (opened.get() < kFirstFreeFd) (void)opened.release();  // it holds its own place
  return server;
}

}  // namespace

int ServeSpawner(ChildMain child_main) {
  Fd server = ReserveLowDescriptors();
  const int socket = server.get();
  try {
    SpawnerLoop loop(std::move(server), child_main);
    std::string failure;
    try {
      loop.Start();
    } catch (const Error& error) {
      failure = error.what();
    }
    WireWriter ready;
    ready.Word(static_cast<std::uint64_t>(Message::kReady));
    ready.String(failure);
    sys::SendPacket(socket, ready.Take(), {});
    if (!failure.empty()) return 1;
    loop.Serve();
    return 0;
  } catch (const Error&) {
    return 1;  // the server sees end of file and says so
  }
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "spawner/prepare.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "base/sys.h"
#include "base/wire.h"
#include "spawner/clone.h"
#include "spawner/init.h"
#include "spawner/no_io_uring.h"
#include "spawner/protocol.h"

namespace sandgate {

namespace {

std::string Head(Message message) {
  WireWriter out;
  out.Word(static_cast<std::uint64_t>(message));
  return out.Take();
}

SpawnerSpec ReceiveSpec(int socket) {
  sys::Received first = sys::ReceivePacket(socket, kMaxPacket);
  if (!first.packet) throw Error("no spec packet");
  std::string& bytes = first.packet->bytes;
  if (bytes.size() < sizeof(std::uint64_t)) throw Error("short spec packet");
  return DecodeSpec(std::span(bytes).subspan(sizeof(std::uint64_t)));
}

void MapIds(int socket) {
  sys::SendPacket(socket, Head(Message::kMapIds), {});
  if (!sys::ReceivePacket(socket, kMaxPacket).packet) throw Error("the server left while ids were mapped");
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
void MoveToOwnPidNamespace(int socket) {
  Check(::unshare(CLONE_NEWPID), "unshare a pid namespace");
  const Cloned init = StartInit({.server = socket});
  Check(init.pid, "clone the init of the spawner");
  Cloned spawner = Clone({.flags = CLONE_PARENT});
  if (spawner.pid == 0) return;
  Check(spawner.pid, "clone the spawner");
  const int pidfds[] = {spawner.pidfd.get(), init.pidfd.get()};
  sys::SendPacket(socket, Head(Message::kMoved), pidfds);
  ::_exit(0);
}

// capabilities(7): execve(2) leaves the interpreter what is ambient, and for that inheritable, whatever the
// bounding set says. The jail takes these away from each child, as it takes all others. Comes before the
// bounding set is emptied, as nothing outside it can be made inheritable.
void KeepCapabilitiesAcrossExec() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  Check(static_cast<int>(::syscall(SYS_capget, &header, sets)), "capget");
  for (__user_cap_data_struct& set : sets) set.inheritable = set.permitted;
  Check(static_cast<int>(::syscall(SYS_capset, &header, sets)), "capset");
  for (int capability = 0; capability < 32 * _LINUX_CAPABILITY_U32S_3; ++capability) {
    if ((sets[capability / 32].permitted >> (capability % 32) & 1) == 0) continue;
    Check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "PR_CAP_AMBIENT_RAISE");
  }
}

// A network namespace with nothing but a loopback device that is down. Made once: each takes the kernel 0.7
// ms. A short-lived child makes it, which shares our table of descriptors: from a user namespace nobody comes
// back into the network namespace that was there before it (setns(2)). Its exit status is the descriptor.
Fd MakeEmptyNetwork() {
  const Cloned child = Clone({.flags = CLONE_FILES | CLONE_NEWNET});
  if (child.pid == 0) {
    const int fd = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    ::_exit(fd > 0 && fd < 256 ? fd : 0);
  }
  Check(child.pid, "clone into a network namespace");
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) == 0) throw Error("open /proc/self/ns/net");
  return Fd(WEXITSTATUS(status));
}

// Holds a number's place in the interpreter, which would take it for a file of its own.
Fd OpenNull() { return Fd(Check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null")); }

// At `number`, for the program that execve(2) starts; closed there where `fd` is empty.
void PassOn(const Fd& fd, int number) {
  if (!fd) {
    ::close(number);
  } else if (fd.get() == number) {
    Check(::fcntl(number, F_SETFD, 0), "F_SETFD");
  } else {
    Check(::dup2(fd.get(), number), "dup2");
  }
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Prepared PrepareSpawner(int socket) {
  Prepared prepared{ReceiveSpec(socket), Fd(), Fd()};
  const TreeSpec& tree = prepared.spec.tree;
  PrepareForChildren();
  EnterUserNamespace(tree, [socket] { MapIds(socket); });
  if (tree.user_namespace) MoveToOwnPidNamespace(socket);
  prepared.proc_self = Fd(::open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // not in the tree
  prepared.empty_network = tree.mount_namespace ? MakeEmptyNetwork() : OpenNull();
  EnterTree(tree);
  if (prepared.spec.forks_interpreter()) KeepCapabilitiesAcrossExec();
  EmptyBoundingSet();
  Check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE");
  // An exec spawner without namespaces ends with its socket, after it has swept. Set last: entering a user
  // namespace clears the signal (user_namespaces(7)).
  if (tree.mount_namespace || prepared.spec.forks_interpreter())
    Check(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG");
  return prepared;
}

void BecomeInterpreter(const Prepared& prepared, int socket) {
  const SpawnerSpec& spec = prepared.spec;
  if (spec.kind == SpawnerKind::kNode) ForbidIoUring();
  Check(::chdir("/"), "chdir /");
  Check(::dup2(socket, kSpawnerSocket), "dup2");
  // Both numbers are below those that this process has opened since (TakeServerSocket).
  PassOn(prepared.proc_self, kProcSelfFd);
  PassOn(prepared.empty_network, kEmptyNetworkFd);
  ::execve(spec.argv[0].c_str(), Pointers(spec.argv).data(), Pointers(spec.envp).data());
  ThrowErrno("start " + spec.argv[0]);
}

}  // namespace sandgate

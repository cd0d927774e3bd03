// SPDX-License-Identifier: Apache-2.0
#include "sandbox/probe.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/text.h"
#include "jail/landlock_abi.h"
#include "jail/plan.h"
#include "sandbox/cgroup_files.h"

extern "C" int mount(const char*, const char*, const char*, unsigned long, const void*) noexcept;

namespace sandgate {

namespace {

constexpr unsigned long kPrivateRecursive = (1UL << 18) | (1UL << 14);  // MS_PRIVATE | MS_REC
constexpr unsigned kProbeId = 54321;

int ErrnoOf(long result) { return result < 0 ? errno : 0; }

int WaitFor(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return errno;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

// Runs `attempt` in a child of its own; it returns 0 or an errno (all are below 256).
Finding TryInChild(const std::function<int()>& attempt) {
  const pid_t child = ::fork();
  if (child < 0) return {errno};
  if (child == 0) ::_exit(attempt());
  return {WaitFor(child)};
}

// tmpfs, bind mount and mount_setattr (5.12): what the root tree is built with.
int TryMounts() {
  if (::mount(nullptr, "/", nullptr, kPrivateRecursive, nullptr) != 0) return errno;
  int error = ENOENT;
  for (const char* place : {"/tmp", "/run", "/mnt", "/var"}) {
    error = ErrnoOf(::mount("probe", place, "tmpfs", 0, "size=64k"));
    if (error == 0 && ::chdir(place) == 0) break;
  }
  if (error != 0) return error;
  const long tree = ::syscall(SYS_open_tree, AT_FDCWD, "/dev", OPEN_TREE_CLONE | AT_RECURSIVE);
  if (tree < 0) return errno;
  if (::syscall(SYS_move_mount, tree, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH) != 0) return errno;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  return ErrnoOf(::syscall(SYS_mount_setattr, AT_FDCWD, ".", AT_RECURSIVE, &attributes, sizeof attributes));
}

int TryNamespaces() {
  if (::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET) != 0) return errno;
  return TryMounts();
}

int TryProc() {
  if (::unshare(CLONE_NEWNS | CLONE_NEWPID) != 0) return errno;
  if (::mount(nullptr, "/", nullptr, kPrivateRecursive, nullptr) != 0) return errno;
  return TryInChild([] { return ErrnoOf(::mount("proc", "/proc", "proc", 0, kProcOptions)); }).error;
}

// Some container profiles allow user namespaces and yet refuse this.
int TryHostname() {
  if (::unshare(CLONE_NEWUTS) != 0) return errno;
  return ErrnoOf(::sethostname("probe", 5));
}

void WriteMaps(const std::string& proc) {
  sys::WriteFile(proc + "/uid_map", IdentityMap("/proc/self/uid_map"));
  sys::WriteFile(proc + "/gid_map", IdentityMap("/proc/self/gid_map"));
}

void WriteOwnMaps() {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0) ThrowErrno("unshare");
  sys::WriteFile("/proc/self/setgroups", "deny");
  sys::WriteFile("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
  sys::WriteFile("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

int TryWithOwnMaps(int (*attempt)()) {
  try {
    WriteOwnMaps();
  } catch (const Error& error) {
    return error.errno_value();
  }
  return attempt();
}

// The parent maps every id, as the server does for a spawner.
Finding TryMapAllIds() {
  auto [ours, theirs] = sys::SeqpacketPair();
  const pid_t child = ::fork();
  if (child < 0) return {errno};
  if (child == 0) {
    ours.reset();
    char word = static_cast<char>(ErrnoOf(::unshare(CLONE_NEWUSER)));
    if (::write(theirs.get(), &word, 1) != 1 || ::read(theirs.get(), &word, 1) != 1) ::_exit(EPIPE);
    ::_exit(ErrnoOf(::syscall(SYS_setresuid, kProbeId, kProbeId, kProbeId)));
  }
  theirs.reset();
  Finding finding;
  char word = 0;
  if (::read(ours.get(), &word, 1) != 1) finding.error = EPIPE;
  if (finding.ok() && word != 0) finding.error = static_cast<unsigned char>(word);
  try {
    if (finding.ok()) WriteMaps("/proc/" + std::to_string(child));
  } catch (const Error& error) {
    finding.error = error.errno_value();
  }
  if (!finding.ok()) ::kill(child, SIGKILL);
  if (finding.ok() && ::write(ours.get(), &word, 1) != 1) finding.error = EPIPE;
  const int status = WaitFor(child);
  if (finding.ok()) finding.error = status;
  return finding;
}

int TryChangeIds() {
  if (::syscall(SYS_setgroups, 0, nullptr) != 0) return errno;
  if (::syscall(SYS_setresgid, kProbeId, kProbeId, kProbeId) != 0) return errno;
  return ErrnoOf(::syscall(SYS_setresuid, kProbeId, kProbeId, kProbeId));
}

// The listener may let a call go on since 5.5 (SECCOMP_USER_NOTIF_FLAG_CONTINUE), which no flag tells.
bool KernelCanContinueCalls() {
  utsname name{};
  int major = 0;
  int minor = 0;
  if (::uname(&name) != 0 || std::sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  return major > 5 || (major == 5 && minor >= 5);
}

int TrySeccompNotify() {
  if (!KernelCanContinueCalls()) return ENOSYS;
  std::array<sock_filter, 1> allow{{{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}}};
  sock_fprog program{1, allow.data()};
  // Actions that this kernel does not have are refused here (seccomp(2), SECCOMP_GET_ACTION_AVAIL).
  std::uint32_t action = SECCOMP_RET_USER_NOTIF;
  if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) return errno;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return ErrnoOf(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

// A process that is born in the cgroup of `fd`.
int TryCloneInto(int fd) {
  clone_args args{};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(fd);
  const long child = ::syscall(SYS_clone3, &args, sizeof args);
  if (child < 0) return errno;
  if (child == 0) ::_exit(0);
  return WaitFor(static_cast<pid_t>(child));
}

// cgroups(7): writing 0 to `tasks` moves the thread that writes.
int TryEnter(int tasks) {
  return TryInChild([tasks] { return ::write(tasks, "0", 1) == 1 ? 0 : errno; }).error;
}

}  // namespace

std::string IdentityMap(const char* proc_file) {
  const std::string ours = sys::ReadFile(proc_file).value_or("");
  std::string map;
  unsigned inside = 0;
  unsigned outside = 0;
  unsigned count = 0;
  int used = 0;
  for (const char* at = ours.c_str(); std::sscanf(at, "%u %u %u%n", &inside, &outside, &count, &used) == 3;
       at += used) {
    const std::string id = std::to_string(inside);
    map += id + " " + id + " " + std::to_string(count) + "\n";
  }
  return map;
}

int TryCgroup(const std::string& folder, int version) {
  const std::string name = folder + "/sandgate-try-" + RandomHex(8);
  if (::mkdir(name.c_str(), 0755) != 0) return errno;
  int error = 0;
  {
    const Fd fd(version == 2 ? ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                             : ::open((name + "/tasks").c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) error = errno;
    if (error == 0) error = version == 2 ? TryCloneInto(fd.get()) : TryEnter(fd.get());
  }
  const int removed = RemoveCgroup(name);
  return error == 0 ? removed : error;
}

Probe ProbeKernel() {
  Probe probe;
  probe.uid = ::geteuid();
  probe.gid = ::getegid();
  probe.namespaces = TryInChild(TryNamespaces);
  probe.proc = TryInChild(TryProc);
  probe.user_namespaces = TryInChild([] { return TryWithOwnMaps(TryNamespaces); });
  probe.proc_in_user_ns = TryInChild([] { return TryWithOwnMaps(TryProc); });
  probe.hostname = TryInChild(TryHostname);
  probe.hostname_in_user_ns = TryInChild([] { return TryWithOwnMaps(TryHostname); });
  probe.map_all_ids = TryMapAllIds();
  probe.change_ids = TryInChild(TryChangeIds);
  probe.chroot = TryInChild([] { return ErrnoOf(::chroot("/")); });
  probe.seccomp_notify = TryInChild(TrySeccompNotify);
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, landlock::kCreateRulesetVersion);
  probe.landlock = {ErrnoOf(abi)};
  probe.landlock_abi = abi > 0 ? static_cast<std::uint32_t>(abi) : 0;
  probe.cgroups = FindCgroups({.attempt = TryCgroup});
  probe.counts_io = ::access("/proc/self/io", F_OK) == 0;
  return probe;
}

}  // namespace sandgate

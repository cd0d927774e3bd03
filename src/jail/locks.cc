// SPDX-License-Identifier: Apache-2.0
// The locks that need few lines each: session, root, mounts, limits, identity, descriptors, filter.
#include "jail/locks.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace sandgate::lock {

namespace {

int Result(long result) { return result < 0 ? errno : 0; }

// For kernels and container profiles without close_range(2). The spawner holds few descriptors.
void CloseOneByOne(int first) {
  constexpr int kSpawnerFds = 1024;
  for (int fd = first; fd < kSpawnerFds; ++fd) ::close(fd);
}

int Limit(const JailPlan::Limit& wanted) {
  const auto resource = static_cast<__rlimit_resource_t>(wanted.resource);
  rlimit limit = wanted.value;
  rlimit now{};
  // A hard limit that is lower already stays: only CAP_SYS_RESOURCE could raise it, and lower is stricter.
  if (::getrlimit(resource, &now) != 0) return errno;
  if (now.rlim_max < limit.rlim_max) limit = {now.rlim_max, now.rlim_max};
  return Result(::setrlimit(resource, &limit));
}

}  // namespace

int EnterSession(const JailPlan&) { return Result(::setsid()); }

int SetHostname(const JailPlan& plan) {
  static constexpr char kName[] = "sandgate";
  if (!plan.set_hostname) return 0;
  return Result(::sethostname(kName, sizeof kName - 1));
}

int EnterRoot(const JailPlan& plan) {
  if (plan.chroot == nullptr) return 0;
  if (::chroot(plan.chroot) != 0) return errno;
  return Result(::chdir("/"));
}

int MountPackages(const JailPlan& plan) {
  if (plan.packages == nullptr) return 0;
  return Result(::mount(plan.packages, kPackagesMount, nullptr, MS_BIND, nullptr));
}

int MountTmp(const JailPlan& plan) {
  if (plan.tmpfs_options == nullptr) return 0;
  return Result(::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, plan.tmpfs_options));
}

int MountProc(const JailPlan& plan) {
  if (!plan.mount_proc) return 0;
  return Result(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, kProcOptions));
}

int EnterScratch(const JailPlan& plan) { return Result(::chdir(plan.scratch)); }

int LimitResources(const JailPlan& plan) {
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    if (plan.limits[i].resource == RLIMIT_NOFILE) continue;
    if (const int error = Limit(plan.limits[i]); error != 0) return error;
  }
  constexpr int kBackground = 6;  // about a quarter of the share of others
  if (plan.background && ::setpriority(PRIO_PROCESS, 0, kBackground) != 0) return errno;
  ::umask(022);
  return 0;
}

int LimitOpenFiles(const JailPlan& plan) {
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    if (plan.limits[i].resource == RLIMIT_NOFILE) return Limit(plan.limits[i]);
  }
  return 0;
}

int ForbidNewPrivileges(const JailPlan&) { return Result(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

int BecomeRunUser(const JailPlan& plan) {
  if (!plan.change_ids) return 0;
  // The raw calls: glibc's wrappers would signal other threads, and take locks.
  if (::syscall(SYS_setgroups, 0, nullptr) != 0) return errno;
  if (::syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid) != 0) return errno;
  return Result(::syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid));
}

int DropCapabilities(const JailPlan&) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return Result(::syscall(SYS_capset, &header, none));
}

int DieWithServer(const JailPlan&) { return Result(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)); }

int EnterCgroups(std::span<const int> tasks) {
  for (const int file : tasks) {
    if (::write(file, "0", 1) != 1) return errno;
  }
  return 0;
}

int EnterNetwork(const JailPlan& plan, int network) {
  return plan.empty_network ? Result(::setns(network, CLONE_NEWNET)) : 0;
}

int OpenInput(int& fd) {
  fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return Result(fd);
}

int PlaceDescriptors(const JailFds& fds, int input) {
  if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(fds.out, STDOUT_FILENO) < 0 ||
      ::dup2(fds.err, STDERR_FILENO) < 0 || ::dup2(fds.code, kCodeFd) < 0 ||
      ::dup3(fds.control, kControlFd, O_CLOEXEC) < 0) {
    return errno;
  }
  constexpr unsigned kFirst = kControlFd + 1;
  if (::syscall(SYS_close_range, kFirst, ~0U, 0) != 0) CloseOneByOne(kFirst);
  return 0;
}

int LoadFilter(std::span<const char> filter, int& listener) {
  sock_fprog program{static_cast<unsigned short>(filter.size() / sizeof(sock_filter)),
                     reinterpret_cast<sock_filter*>(const_cast<char*>(filter.data()))};
  const long fd = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (fd < 0) return errno;
  listener = static_cast<int>(fd);
  return 0;
}

}  // namespace sandgate::lock

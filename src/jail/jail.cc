// SPDX-License-Identifier: Apache-2.0
// The order of confinement. The table is the document: one line a lock, and why it stands where it does.
#include "jail/jail.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "jail/locks.h"

namespace sandgate {

namespace {

struct Lock {
  Step step;
  int (*apply)(const JailPlan&);
};

// Needs privilege: these come while the child is still the spawner's user.
constexpr Lock kPrivilegedLocks[] = {
    {Step::kSession, lock::EnterSession},  // first: a terminal signal must not end the jail half way
    {Step::kHostname, lock::SetHostname},
    {Step::kRoot, lock::EnterRoot},          // before any path of the plan is used
    {Step::kPackages, lock::MountPackages},  // before /tmp, below which the folder may lie
    {Step::kTmp, lock::MountTmp},            // after the root, over its empty /tmp
    {Step::kProc, lock::MountProc},
    {Step::kScratch, lock::EnterScratch},   // after /tmp, which may hold it
    {Step::kLimits, lock::LimitResources},  // hard limits can be lowered by anyone, raised by none after
};

// From here on no file may be opened that the run may not open itself.
constexpr Lock kFinalLocks[] = {
    {Step::kNoNewPrivileges, lock::ForbidNewPrivileges},  // Landlock and seccomp ask for it
    {Step::kLandlock, lock::RestrictWithLandlock},        // before the uid: the rules open paths as root
    {Step::kIdentity, lock::BecomeRunUser},
    {Step::kCapabilities, lock::DropCapabilities},  // after the uid: changing it needs them
    {Step::kParentDeath, lock::DieWithServer},      // after the uid: changing it clears the signal
};

template <std::size_t N>
const Lock* FirstFailure(const Lock (&locks)[N], const JailPlan& plan, int& error) {
  for (const Lock& lock : locks) {
    error = lock.apply(plan);
    if (error != 0) return &lock;
  }
  return nullptr;
}

// sendmsg(2), with a descriptor unless it is -1; 0 or an errno.
int Send(int socket, Report report, int fd = -1) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  iovec io{&report, sizeof report};
  msghdr message{};
  message.msg_iov = &io;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

int Fail(int socket, Step step, int error) {
  Send(socket, {step, error});
  return -1;
}

}  // namespace

const char* StepText(Step step) {
  switch (step) {
    case Step::kCgroup:
      return "enter the run's cgroup";
    case Step::kNetwork:
      return "enter the empty network";
    case Step::kSession:
      return "start a session";
    case Step::kHostname:
      return "set the host name";
    case Step::kRoot:
      return "enter the root tree";
    case Step::kPackages:
      return "mount the packages";
    case Step::kTmp:
      return "mount a private /tmp";
    case Step::kProc:
      return "mount a private /proc";
    case Step::kScratch:
      return "enter the scratch directory";
    case Step::kLimits:
      return "limit resources";
    case Step::kFds:
      return "place descriptors";
    case Step::kNoNewPrivileges:
      return "forbid new privileges";
    case Step::kLandlock:
      return "restrict with Landlock";
    case Step::kIdentity:
      return "become the run's user";
    case Step::kCapabilities:
      return "drop capabilities";
    case Step::kParentDeath:
      return "tie the run to the server";
    case Step::kDumpable:
      return "let the run look at itself";
    case Step::kFilter:
      return "load the system call filter";
    case Step::kExec:
      return "start the interpreter";
    case Step::kLocked:
      return "all locks in force";
  }
  return "unknown step";
}

int Confine(const JailPlan& plan, const JailFds& fds, const Filter& filter) {
  int error = lock::EnterCgroups(fds.cgroups);  // first: what this process allocates from now on counts
  if (error != 0) return Fail(fds.control, Step::kCgroup, error);
  error = lock::EnterNetwork(plan, fds.network);
  if (error != 0) return Fail(fds.control, Step::kNetwork, error);
  int input = -1;
  error = lock::OpenInput(input);  // before the root, which may have no /dev/null
  if (error != 0) return Fail(fds.control, Step::kFds, error);
  if (const Lock* failed = FirstFailure(kPrivilegedLocks, plan, error)) {
    return Fail(fds.control, failed->step, error);
  }
  error = lock::PlaceDescriptors(fds, input);
  if (error != 0) return Fail(fds.control, Step::kFds, error);
  if (const Lock* failed = FirstFailure(kFinalLocks, plan, error)) {
    return Fail(kControlFd, failed->step, error);
  }
  if (filter.before != nullptr) {
    // As execve(2) would: the run may look at itself in /proc. Its memory is a copy, and holds no secret.
    if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return Fail(kControlFd, Step::kDumpable, errno);
    filter.before();
  }
  int listener = -1;
  error = lock::LoadFilter(filter.program, listener);
  if (error != 0) return Fail(kControlFd, Step::kFilter, error);
  // Also fails when the server has died meanwhile, which closes the gap before PR_SET_PDEATHSIG.
  error = Send(kControlFd, {Step::kLocked, 0}, listener);
  if (error != 0) return -1;
  ::close(listener);
  // Not before: unix(7) holds it against what all processes of the uid have under way in sockets, and where
  // runs share a uid, one could keep all others from sending their listener. The filter lets it pass.
  error = lock::LimitOpenFiles(plan);
  return error == 0 ? 0 : Fail(kControlFd, Step::kLimits, error);
}

std::optional<Report> ReadReport(std::string_view packet) {
  if (packet.size() != sizeof(Report)) return std::nullopt;
  Report report{};
  std::memcpy(&report, packet.data(), sizeof report);
  return report;
}

void ReportFailure(Step step, int errno_value) { Send(kControlFd, {step, errno_value}); }

}  // namespace sandgate

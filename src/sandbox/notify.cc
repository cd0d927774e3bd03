// SPDX-License-Identifier: Apache-2.0
#include "sandbox/notify.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "policy/end_mark.h"
#include "policy/syscall_table.h"
#include "sandbox/file_identity.h"

namespace sandgate {

namespace {

void Answer(int listener, const seccomp_notif_resp& response) {
  // ENOENT: the process was killed meanwhile.
  ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

}  // namespace

bool IsExecve(const RefusedCall& call) { return call.arch == NativeArch() && call.number == SYS_execve; }

bool IsToldEnd(const RefusedCall& call) {
  return call.arch == NativeArch() && call.number == SYS_exit_group && call.args[1] == kEndMark;
}

std::optional<Notification> ReceiveNotification(int listener) {
  // The kernel may know a longer struct than these headers; it fills what it was compiled with, and asks
  // for zeroes (seccomp_unotify(2)).
  union {
    seccomp_notif notification;
    char room[512];
  } buffer;
  std::memset(&buffer, 0, sizeof buffer);
  if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &buffer.notification) != 0) return std::nullopt;
  const seccomp_notif& received = buffer.notification;
  Notification notification;
  notification.id = received.id;
  notification.pid = static_cast<pid_t>(received.pid);
  notification.call.number = received.data.nr;
  notification.call.arch = received.data.arch;
  std::copy(std::begin(received.data.args), std::end(received.data.args), notification.call.args.begin());
  return notification;
}

bool StillWaits(int listener, std::uint64_t id) {
  return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

void RefuseCall(int listener, std::uint64_t id, int errno_value) {
  seccomp_notif_resp response{};
  response.id = id;
  response.error = -errno_value;
  Answer(listener, response);
}

void LetCallGoOn(int listener, std::uint64_t id) {
  seccomp_notif_resp response{};
  response.id = id;
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  Answer(listener, response);
}

std::optional<std::string> ReadMemory(int listener, const Notification& of, std::uint64_t address,
                                      std::size_t size, std::optional<std::uint32_t> uid) {
  const std::string path = "/proc/" + std::to_string(of.pid) + "/mem";
  Fd memory;
  {
    const FileIdentity identity(uid);
    memory = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  if (!memory) return std::nullopt;
  if (!StillWaits(listener, of.id)) return std::nullopt;
  std::string bytes(size, '\0');
  const ssize_t n = ::pread(memory.get(), bytes.data(), size, static_cast<off_t>(address));
  if (n <= 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(n));
  return bytes;
}

}  // namespace sandgate

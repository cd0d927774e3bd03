// SPDX-License-Identifier: Apache-2.0
// The kernel takes the exported program, with a listener, and a process under it can still end itself, with
// or without telling so.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "policy/end_mark.h"
#include "policy/filter.h"

namespace sandgate {
namespace {

constexpr int kNoNotification = 77;

// In the child. The exit status tells how far it came.
int LoadAndTry(const std::string& filter) {
  sock_fprog program{static_cast<unsigned short>(filter.size() / sizeof(sock_filter)),
                     reinterpret_cast<sock_filter*>(const_cast<char*>(filter.data()))};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
  const long listener =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (listener < 0)
    return errno == EINVAL || errno == EBUSY || errno == ENOSYS || errno == EPERM ? kNoNotification : 2;
  if (::syscall(SYS_clone3, nullptr, 0) != -1 || errno != ENOSYS) return 3;
  // Without its listener a refused call is answered ENOSYS.
  if (::close(static_cast<int>(listener)) != 0) return 4;
  if (::syscall(SYS_ptrace, 0, 0, 0, 0) != -1 || errno != ENOSYS) return 5;
  if (::syscall(SYS_exit_group, 6, kEndMark) != -1 || errno != ENOSYS) return 7;
  return 0;
}

bool KernelKnowsUserNotification() {
  std::uint32_t action = SECCOMP_RET_USER_NOTIF;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

TEST(FilterLoad, TheKernelTakesTheFilter) {
  if (!KernelKnowsUserNotification()) GTEST_SKIP() << "this kernel has no seccomp user notification";
  const std::string filter = ExportFilter(Policy::Make({.network = true}));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(LoadAndTry(filter));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == kNoNotification) GTEST_SKIP() << "a filter with a listener is refused here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace sandgate

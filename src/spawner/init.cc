// SPDX-License-Identifier: Apache-2.0
#include "spawner/init.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "jail/locks.h"

namespace sandgate {

namespace {

constexpr std::uint32_t kNobody = 65534;

}  // namespace

void RunInit(int server, bool change_ids) {
  JailPlan nobody{};
  nobody.change_ids = change_ids;
  nobody.uid = nobody.gid = kNobody;
  pollfd peer{server, 0, 0};
  // Orphans are reaped by the kernel because SIGCHLD is ignored.
  const bool confined = ::signal(SIGCHLD, SIG_IGN) != SIG_ERR && lock::ForbidNewPrivileges(nobody) == 0 &&
                        lock::BecomeRunUser(nobody) == 0 && lock::DropCapabilities(nobody) == 0 &&
                        lock::DieWithServer(nobody) == 0;
  // A server that died before the line above shows as a hang-up.
  if (!confined || ::poll(&peer, 1, 0) != 0) ::_exit(1);
  ::syscall(SYS_close_range, 0U, ~0U, 0);
  for (;;) ::pause();
}

}  // namespace sandgate

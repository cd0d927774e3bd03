// SPDX-License-Identifier: Apache-2.0
// sandgate-spawner: the start of every spawner. A small static program that builds the root tree and then
// either becomes a fork server inside it, or is itself the spawner that starts any interpreter cold, with
// nothing in its memory but the plan of the run: a child is a copy of this, jailed, that becomes the
// interpreter by execve(2). That execve comes after the last lock; the server lets exactly one through
// (supervise.cc).
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/error.h"
#include "jail/jail.h"
#include "spawner/prepare.h"
#include "spawner/protocol.h"
#include "spawner/serve.h"

namespace {

void ExecInterpreter(const sandgate::JailPlan& plan) {
  ::execve(plan.argv[0], plan.argv.data(), plan.envp.data());
  sandgate::ReportFailure(sandgate::Step::kExec, errno);
  ::_exit(127);
}

// Returns when this process serves by itself; else it has become the fork server. Throws Error.
sandgate::Prepared Prepare(int socket) {
  sandgate::Prepared prepared = sandgate::PrepareSpawner(socket);
  if (prepared.spec.forks_interpreter()) sandgate::BecomeInterpreter(prepared, socket);
  return prepared;
}

int Serve() {
  // What the server has inherited itself: a fork server would keep it, and share it with its children.
  ::syscall(SYS_close_range, sandgate::kSpawnerSocket + 1U, ~0U, 0);
  sandgate::Fd socket = sandgate::TakeServerSocket();
  std::string failure;
  sandgate::Prepared prepared;
  try {
    prepared = Prepare(socket.get());
  } catch (const sandgate::Error& error) {
    failure = error.what();
  }
  sandgate::TellReady(socket.get(), failure, "");
  if (!failure.empty()) return 1;
  const sandgate::SpawnerHooks hooks{.child_main = ExecInterpreter,
                                     .empty_network = prepared.empty_network.get(),
                                     .sweeper_uid = prepared.spec.tree.sweeper_uid};
  return sandgate::ServeSpawner(std::move(socket), hooks).status;
}

}  // namespace

int main() {
  try {
    return Serve();
  } catch (const sandgate::Error&) {
    return 1;  // the server sees end of file and says so
  }
}

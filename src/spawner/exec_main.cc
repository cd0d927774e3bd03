// SPDX-License-Identifier: Apache-2.0
// sandgate-spawner: the spawner that starts any interpreter cold. A small static program with nothing in
// its memory but the plan of the run: a child is a copy of this, jailed, that becomes the interpreter by
// execve(2). That execve comes after the last lock; the server lets exactly one through (supervise.cc).
#include <unistd.h>

#include <cerrno>

#include "jail/jail.h"
#include "spawner/serve.h"

namespace {

void ExecInterpreter(const sandgate::JailPlan& plan) {
  ::execve(plan.argv[0], plan.argv.data(), plan.envp.data());
  sandgate::ReportFailure(sandgate::Step::kExec, errno);
  ::_exit(127);
}

}  // namespace

int main() { return sandgate::ServeSpawner(ExecInterpreter); }

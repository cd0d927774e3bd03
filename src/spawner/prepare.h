// SPDX-License-Identifier: Apache-2.0
// What sandgate-spawner does once, before there is a child: receives its spec, enters the namespaces and
// the root tree, gives up what no child may have, and, for a fork server, becomes the interpreter.
#pragma once
#include "base/fd.h"
#include "spawner/spec.h"

namespace sandgate {

// The process that came out of it. In a user namespace that is not the one that went in (prepare.cc).
struct Prepared {
  SpawnerSpec spec;
  Fd proc_self;      // directory of procfs about this process; empty where there is no procfs
  Fd empty_network;  // for runs without the network; /dev/null where runs have no namespaces
};

// `socket` is the spawner's end. Throws Error naming the step that failed.
Prepared PrepareSpawner(int socket);

// execve(2) of the spec's program with the socket on kSpawnerSocket, proc_self on kProcSelfFd and
// empty_network on kEmptyNetworkFd. The program keeps this process's capabilities and tells "ready" itself.
// Throws Error.
[[noreturn]] void BecomeInterpreter(const Prepared& prepared, int socket);

}  // namespace sandgate

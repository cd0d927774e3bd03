// SPDX-License-Identifier: Apache-2.0
// The spawner's side of the protocol: receives requests and makes children, until the server goes.
//
// A spawner holds no state of a run. A child is made with CLONE_PARENT: the server is its parent, waits
// for it and kills it. Where the run has a pid namespace, a small init of ours is process 1 in it, so
// that user code is an ordinary process to the kernel: default signal actions work, orphans are reaped,
// and the end of that init is the end of every process of the run.
#pragma once
#include "jail/plan.h"

namespace sandgate {

// What a child does once every lock is in force. Does not return; on failure it reports and exits.
using ChildMain = void (*)(const JailPlan& plan);

// Serves the socket kSpawnerSocket until end of file; returns the exit status of the spawner.
int ServeSpawner(ChildMain child_main);

}  // namespace sandgate

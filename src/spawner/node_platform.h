// SPDX-License-Identifier: Apache-2.0
// What makes a copy of node's process a working node. Node and V8 run tasks (garbage collection, compiling)
// on threads of their own, which a fork does not copy: they are ended before the spawner serves, so that
// none of them can hold a lock in that moment, and each child starts new ones in the place of the old.
#pragma once
#include "spawner/node_abi.h"

namespace sandgate::node {

class PlatformThreads {
 public:
  // Finds node's worker threads. Throws Error when node is not built as expected.
  PlatformThreads(const Abi& abi, Environment* environment);

  // In the spawner, as the last thing before it serves: no JavaScript may run afterwards. Ends the threads
  // and makes all of memory inheritable again (V8 excludes its heap from forks). `proc_self` is a directory
  // of procfs about this process. Throws Error when a thread is left that is not known to be harmless.
  void Quiesce(Isolate* isolate, int proc_self);

  // In the child, when every lock of the jail is in force: starts the threads.
  void Restart() const;

 private:
  const Abi& abi_;
  Platform* platform_;
  WorkerThreads* workers_;
};

}  // namespace sandgate::node

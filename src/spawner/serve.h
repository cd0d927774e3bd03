// SPDX-License-Identifier: Apache-2.0
// The spawner's side of the protocol: receives requests and makes children, until the server goes.
//
// A spawner holds no state of a run. A child is made with CLONE_PARENT: the server is its parent, waits
// for it and kills it. Where the run has a pid namespace, a small init of ours is process 1 in it, so
// that user code is an ordinary process to the kernel: default signal actions work, orphans are reaped,
// and the end of that init is the end of every process of the run.
//
// Used by sandgate-spawner, and by the libraries that make a warmed interpreter a fork server: there it is
// called from the interpreter's only thread, and the child goes on in the interpreter.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "jail/plan.h"

namespace sandgate {

// What a child does once every lock is in force. Does not return, unless `child_returns` says so; on
// failure it reports and exits.
using ChildMain = void (*)(const JailPlan& plan);

// How this spawner makes a child. A hook may be null.
struct SpawnerHooks {
  ChildMain child_main = nullptr;
  bool forks_interpreter = false;  // the child goes on to use the C library and its threads
  bool child_returns = false;      // child_main returns, and then ServeSpawner does, in the child
  // What the process that ends those of a run's uid is besides; empty: this spawner ends none.
  std::optional<std::uint32_t> sweeper_uid = std::nullopt;
  void (*before_fork)() = nullptr;       // in the spawner
  void (*after_fork)() = nullptr;        // in the spawner, also when the fork failed
  void (*after_fork_child)() = nullptr;  // in the child, after the uid change and before the filter
};

// The spawner's end of the socket, moved from kSpawnerSocket out of the range of numbers that the jail
// uses in a child. The range is kept taken, so that nothing received later can collide with it; 0 to 2 are
// expected to be open already. Throws Error.
Fd TakeServerSocket();

// Tells the server that the spawner is ready, or what `failure` keeps it from it, with `notes` for the log.
// Throws Error.
void TellReady(int socket, const std::string& failure, const std::string& notes);

struct Served {
  bool in_child = false;  // this is a run, confined (child_returns)
  int status = 0;         // else: the exit status of the spawner
};

// Serves the socket until end of file. Does not throw.
Served ServeSpawner(Fd socket, const SpawnerHooks& hooks);

}  // namespace sandgate

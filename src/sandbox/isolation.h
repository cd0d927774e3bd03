// SPDX-License-Identifier: Apache-2.0
// Which isolation is in force, computed from the probe and the configuration: a value that the plan of a
// run, `doctor`, the log and every reply are made from.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "sandbox/probe.h"

namespace sandgate {

enum class IsolationMode { kFull, kContainer, kRootless };

std::string ModeName(IsolationMode mode);  // "full", "container", "rootless"

struct Layer {
  std::string name;  // "pid_ns"
  bool in_force = false;
  std::string reason;  // what it does, or why it is not in force
  std::string hint;    // the command or setting that gives it; empty when in force
};

struct Isolation {
  IsolationMode mode = IsolationMode::kContainer;
  bool namespaces = false;      // mount, pid, ipc, uts (and net) namespaces for each run
  bool user_namespace = false;  // had by entering a user namespace
  bool map_all_ids = false;     // in which the server maps every id
  bool proc = false;            // /proc of the run
  bool hostname = false;        // a host name of the run's own
  bool change_ids = false;      // a uid of its own for each run
  bool chroot = false;          // a linked tree, where neither mounts nor Landlock are to be had
  std::uint32_t landlock_abi = 0;
  bool counts_io = false;            // rusage tells what a run read from and wrote to disks
  std::uint32_t cgroup_version = 0;  // of the cgroup of each run; 0: none
  bool cgroup_memory = false;        // which limits its memory
  bool cgroup_pids = false;          // and its processes
  bool cgroup_cpu = false;           // and shares the processors fairly
  std::vector<Layer> layers;

  // True when a signal cannot reach a process outside its run.
  bool signals_contained() const { return namespaces || change_ids || landlock_abi >= 6; }
  // True when the end of a run can end every process that it started.
  bool processes_can_be_ended() const { return namespaces || change_ids; }
  // True where something counts the processes of one run: elsewhere they have the server's uid.
  bool limits_processes() const { return change_ids || user_namespace; }
  std::vector<std::string> LayersInForce() const;
};

// Throws Error when the configured mode cannot be had, when something in isolation.require is missing,
// or when nothing would keep a run from the server's files.
Isolation ComputeIsolation(const Probe& probe, const Config& config);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Where this process may make cgroups for runs (cgroups(7)): below the one that it is in itself. Only reads
// and asks; who makes them is cgroups.h. For the probe.
//
// Version 2 wants more than permission: a cgroup that has children with controllers may hold no process
// itself. So the server has to move into a child first, which it does only where the cgroup was given to it
// (systemd's Delegate=yes, a container's own) and holds no process of anybody else.
#pragma once
#include <functional>
#include <string>

namespace sandgate {

struct CgroupPlace {
  int version = 0;     // 1 or 2; 0: none can be made
  std::string memory;  // folder in which cgroups that limit memory can be made; empty: there is none
  std::string pids;    // the same for the number of processes; in version 2 it is the same folder
  std::string cpu;     // the same for shares of the processors
  bool moves = false;  // version 2: this process has to leave `memory` for a child of it
  std::string reason;  // why one or more are missing; in English, see i18n/filled.h
};

// What is looked at; tests give a tree of their own.
struct CgroupSource {
  std::string proc = "/proc/self";              // has the files cgroup and mountinfo
  std::string systemd = "/run/systemd/system";  // there where systemd manages the cgroups
  // Makes and removes a cgroup in that folder, to see whether it can be done: 0 or an errno. For version 2 a
  // process is made in it (CLONE_INTO_CGROUP), for version 1 one enters it.
  std::function<int(const std::string& folder, int version)> attempt;
};

CgroupPlace FindCgroups(const CgroupSource& source);

}  // namespace sandgate

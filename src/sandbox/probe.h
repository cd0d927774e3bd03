// SPDX-License-Identifier: Apache-2.0
// What the kernel lets us do here. Asked once at start, by doing it in throw-away children; nothing else
// in the program asks.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "sandbox/cgroup_place.h"

namespace sandgate {

// 0: it works; else the errno of the first call that did not.
struct Finding {
  int error = 0;
  bool ok() const { return error == 0; }
};

struct Probe {
  uid_t uid = 0;
  gid_t gid = 0;
  Finding namespaces;       // mount, pid, ipc, uts and net namespaces with mounts in them, as we are
  Finding user_namespaces;  // the same after entering a user namespace
  Finding map_all_ids;      // in that user namespace every id of ours can be mapped
  Finding proc;             // procfs of an own pid namespace can be mounted, as we are
  Finding proc_in_user_ns;
  Finding hostname;  // sethostname(2) in an own uts namespace, as we are
  Finding hostname_in_user_ns;
  Finding change_ids;  // setgroups, setresgid, setresuid to other ids
  Finding chroot;
  Finding seccomp_notify;          // a filter with a listener (5.0), and letting a call go on (5.5)
  std::uint32_t landlock_abi = 0;  // 0: not there
  Finding landlock;
  bool counts_io = false;  // it counts what processes read from and write to disks
  CgroupPlace cgroups;
};

Probe ProbeKernel();

// CgroupSource::attempt on the kernel.
int TryCgroup(const std::string& folder, int version);

// The lines for uid_map or gid_map that map every id of ours to itself.
std::string IdentityMap(const char* proc_file);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// What the parent decided about one run, in the flat form that the child obeys.
//
// The server fills a PlanSpec and encodes it into one packet; the spawner decodes the packet into a
// JailPlan before clone, so that the child neither allocates nor parses. Pointers of a JailPlan point
// into the packet and live as long as it does.
#pragma once
#include <sys/resource.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sandgate {

// Mount options of a run's procfs (5.8): process directories only, nothing of the machine, and only those of
// processes that the run may look into. Its init is none of them: /proc/PID/net shows the network namespace
// of a process to whoever may enter the directory.
inline constexpr const char* kProcOptions = "subset=pid,hidepid=ptraceable";

// Where a run with mounts of its own has its folder of packages, and what leads node there: it looks for a
// folder node_modules beside the script and in each folder above.
inline constexpr const char* kPackagesMount = "/packages";
inline constexpr const char* kPackagesLink = "/node_modules";
inline constexpr const char* kPackagesLinkText = "packages/node_modules";

// One line of a Landlock ruleset: what may be done below (or, for a file, to) `path`.
struct PathAccess {
  std::string path;
  std::uint64_t access = 0;  // LANDLOCK_ACCESS_FS_*
};

struct ResourceLimit {
  int resource = 0;  // RLIMIT_*
  std::uint64_t value = 0;
};

struct PlanSpec {
  std::uint64_t namespaces = 0;      // CLONE_NEW* of the run, without CLONE_NEWPID
  bool pid_namespace = false;        // a pid namespace of its own, with a small init of ours in it
  std::uint32_t cgroup_version = 0;  // of the run's cgroup; 0: none
  std::uint32_t cgroup_entries = 0;  // so many descriptors for entering it come with the plan
  bool empty_network = false;        // the spawner's network namespace that has no device in use
  bool set_hostname = false;         // in a uts namespace of its own: a fixed name
  bool change_ids = false;           // become uid and gid below
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string chroot;         // empty: none
  std::string packages;       // what is mounted on kPackagesMount; empty: nothing
  std::string tmpfs_options;  // mount options of the tmpfs on /tmp; empty: none is mounted
  bool mount_proc = false;    // procfs of the run's pid namespace on /proc
  std::string scratch;        // cwd of the run, as seen inside
  bool background = false;    // leaves the processors to others of its cgroup
  std::vector<ResourceLimit> limits;
  std::uint32_t landlock_abi = 0;  // 0: no Landlock
  std::uint64_t landlock_fs = 0;
  std::uint64_t landlock_net = 0;
  std::uint64_t landlock_scoped = 0;
  std::vector<PathAccess> paths;
  std::vector<std::string> argv;  // argv[0] is the absolute path of the interpreter
  std::vector<std::string> envp;
};

struct JailPlan {
  static constexpr std::size_t kMaxLimits = 16;
  static constexpr std::size_t kMaxCgroupEntries = 3;  // version 1: memory, processes, processors
  static constexpr std::size_t kMaxPaths = 128;
  static constexpr std::size_t kMaxArguments = 32;
  static constexpr std::size_t kMaxEnvironment = 64;

  struct Path {
    const char* path;
    std::uint64_t access;
  };
  struct Limit {
    int resource;
    rlimit value;
  };

  std::uint64_t namespaces;
  bool pid_namespace;
  std::uint32_t cgroup_version;
  std::uint32_t cgroup_entries;
  bool empty_network;
  bool set_hostname;
  bool change_ids;
  std::uint32_t uid;
  std::uint32_t gid;
  const char* chroot;         // null: none
  const char* packages;       // null: none
  const char* tmpfs_options;  // null: none
  bool mount_proc;
  const char* scratch;
  bool background;
  std::size_t limit_count;
  std::array<Limit, kMaxLimits> limits;
  std::uint32_t landlock_abi;
  std::uint64_t landlock_fs;
  std::uint64_t landlock_net;
  std::uint64_t landlock_scoped;
  std::size_t path_count;
  std::array<Path, kMaxPaths> paths;
  std::array<char*, kMaxArguments + 1> argv;    // null-terminated
  std::array<char*, kMaxEnvironment + 1> envp;  // null-terminated
};

// Throws Error when a list is longer than JailPlan holds.
std::string EncodePlan(const PlanSpec& spec);

// False when `packet` is not a whole plan. Allocates nothing; `packet` must outlive `plan`.
bool DecodePlan(std::span<char> packet, JailPlan& plan);

}  // namespace sandgate

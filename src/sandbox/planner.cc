// SPDX-License-Identifier: Apache-2.0
#include "sandbox/planner.h"

#include <sched.h>

#include <filesystem>

#include "base/error.h"
#include "jail/landlock_abi.h"
#include "sandbox/view.h"

namespace sandgate {

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::int64_t kRootInode = 1;  // of a tmpfs: the scratch directory itself

std::uint64_t HandledFsAccess(std::uint32_t abi) {
  std::uint64_t access = (landlock::kMakeSym << 1) - 1;  // ABI 1
  if (abi >= 2) access |= landlock::kRefer;
  if (abi >= 3) access |= landlock::kTruncate;
  if (abi >= 5) access |= landlock::kIoctlDev;
  return access;
}

}  // namespace

std::vector<ResourceLimit> Planner::ResourceLimits(const Limits& run) const {
  const auto mib = [](std::int64_t value) { return static_cast<std::uint64_t>(value) * kMiB; };
  std::vector<ResourceLimit> limits = {
      // Writable memory, not address space: interpreters reserve far more than they use.
      {RLIMIT_DATA, mib(run.limit_memory_mb)},
      {RLIMIT_NOFILE, static_cast<std::uint64_t>(run.limit_open_files)},
      {RLIMIT_FSIZE, mib(run.limit_file_mb)},
      {RLIMIT_CORE, 0},
      {RLIMIT_MEMLOCK, 64 * 1024},
      {RLIMIT_MSGQUEUE, 0},
      {RLIMIT_NICE, 0},
      {RLIMIT_RTPRIO, 0},
  };
  // Counted for each uid (and user namespace): it would count the server's own processes otherwise.
  if (isolation_.limits_processes()) {
    limits.push_back({RLIMIT_NPROC, static_cast<std::uint64_t>(run.limit_processes)});
  }
  // Of each process. The server looks at all of them together, and ends the run by name; this is for a server
  // that comes late, or does not find a process.
  if (run.limit_cpu_seconds > 0) {
    limits.push_back({RLIMIT_CPU, static_cast<std::uint64_t>(run.limit_cpu_seconds) + 1});
  }
  return limits;
}

std::vector<std::string> Planner::Environment(const Program& program, const Slot& slot) const {
  const std::string bin = std::filesystem::path(program.argv[0]).parent_path().string();
  std::vector<std::string> environment = {
      "PATH=" + bin + ":/usr/local/bin:/usr/bin:/bin",
      "HOME=" + slot.scratch,
      "TMPDIR=" + slot.scratch,
      "PWD=" + slot.scratch,
      "USER=sandbox",
      "LOGNAME=sandbox",
      "LANG=C.UTF-8",
      "LC_ALL=C.UTF-8",
      "MPLCONFIGDIR=" + slot.scratch,
  };
  if (program.language == Language::kPython && !config_.allow_processes) {
    environment.emplace_back(kJoblibInSequence);
  }
  if (program.language == Language::kNode) environment.push_back("SANDGATE_BOOT=1");  // see boot.js
  if (!config_.tz.empty()) environment.push_back("TZ=" + config_.tz);
  if (!inputs_.tmp_shim.empty()) environment.push_back("LD_PRELOAD=" + inputs_.tmp_shim);
  if (program.network) {
    for (const auto& [name, value] : inputs_.proxies) environment.push_back(name + "=" + value);
  }
  for (const auto& [name, value] : inputs_.variables) environment.push_back(name + "=" + value);
  return environment;
}

void Planner::AddLandlock(PlanSpec& plan, const Program& program) const {
  const std::uint32_t abi = isolation_.landlock_abi;
  plan.landlock_abi = abi;
  if (abi == 0) return;
  plan.landlock_fs = HandledFsAccess(abi);
  if (abi >= 4 && !program.network) plan.landlock_net = landlock::kBindTcp | landlock::kConnectTcp;
  if (abi >= 6) plan.landlock_scoped = landlock::kAbstractUnixSocket | landlock::kSignal;
  plan.paths = LandlockPaths(isolation_, inputs_.read_only_paths, plan.scratch);
  if (!inputs_.tmp_shim.empty()) {
    plan.paths.push_back({inputs_.tmp_shim, landlock::kReadFile | landlock::kExecute});
  }
}

std::string Planner::TmpfsOptions(const Slot& slot, const Limits& limits) const {
  const std::string id = std::to_string(isolation_.change_ids ? slot.uid : kMappedId);
  return "mode=700,uid=" + id + ",gid=" + id +
         ",nr_inodes=" + std::to_string(limits.limit_scratch_files + kRootInode) +
         ",size=" + std::to_string(limits.limit_scratch_mb) + "m";
}

PlanSpec Planner::Make(const Program& program, const Slot& slot, const Limits& limits) const {
  PlanSpec plan;
  plan.change_ids = isolation_.change_ids;
  plan.uid = plan.gid = slot.uid;
  plan.scratch = slot.scratch;
  plan.background = inputs_.background;
  plan.chroot = inputs_.chroot_tree;
  if (isolation_.namespaces) {
    plan.namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
    // What runs in one network namespace could reach of each other, abstract sockets, Landlock's scope
    // closes.
    plan.empty_network = !program.network && isolation_.landlock_abi >= 6;
    if (!program.network && !plan.empty_network) plan.namespaces |= CLONE_NEWNET;
    plan.set_hostname = isolation_.hostname;
    plan.pid_namespace = true;
    plan.mount_proc = isolation_.proc;
    plan.packages = program.packages;
    if (slot.host_scratch.empty()) plan.tmpfs_options = TmpfsOptions(slot, limits);
  }
  if (isolation_.cgroup_version != 0) {
    if (!slot.cgroup) throw Error("the run has no cgroup");
    plan.cgroup_version = isolation_.cgroup_version;
    plan.cgroup_entries = static_cast<std::uint32_t>(slot.cgroup->entries().size());
  }
  plan.limits = ResourceLimits(limits);
  AddLandlock(plan, program);
  plan.argv = program.argv;
  plan.envp = Environment(program, slot);
  return plan;
}

}  // namespace sandgate

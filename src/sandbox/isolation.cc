// SPDX-License-Identifier: Apache-2.0
#include "sandbox/isolation.h"

#include <fmt/format.h>

#include "base/error.h"

namespace sandgate {

namespace {

constexpr const char* kNamespaceHint =
    "run as root with CAP_SYS_ADMIN, or where unprivileged user namespaces are allowed (in Docker: "
    "security_opt: seccomp=unconfined or a profile that allows unshare and mount)";
constexpr const char* kModeHint = "isolation.mode: auto";
constexpr const char* kCgroupHint =
    "a cgroup of the server's own that it may write (systemd: Delegate=yes; Docker: a writable "
    "/sys/fs/cgroup "
    "and a cgroup namespace), and a kernel of 5.7 or newer for version 2";
constexpr const char* kRunMemoryHint = "limits.run_memory_mb: -1";
constexpr const char* kLandlockHint = "a kernel of 5.13 or newer with landlock in /sys/kernel/security/lsm";

void RequireWorkable(const Isolation& isolation, const Probe& probe) {
  if (!probe.seccomp_notify.ok()) {
    throw Error("seccomp user notification is not available: " + ErrnoText(probe.seccomp_notify.error) +
                "; it needs a kernel of 5.5 or newer and a container profile that allows seccomp(2)");
  }
  if (!isolation.namespaces && !isolation.change_ids && probe.uid == 0) {
    throw Error(
        "root without CAP_SETUID and CAP_SETGID: a run would be root too; give both capabilities, or "
        "start the server as an ordinary user");
  }
  if (!isolation.namespaces && isolation.landlock_abi == 0 && !isolation.chroot) {
    throw Error(
        "neither mount namespaces, nor Landlock, nor chroot can be had: nothing would keep a run from "
        "the server's files; " +
        std::string(kLandlockHint));
  }
}

void UseNamespaces(Isolation& isolation, const Probe& probe) {
  isolation.namespaces = probe.namespaces.ok() || probe.user_namespaces.ok();
  if (!isolation.namespaces) return;
  isolation.user_namespace = !probe.namespaces.ok();
  isolation.map_all_ids = isolation.user_namespace && probe.map_all_ids.ok();
  isolation.hostname = (isolation.user_namespace ? probe.hostname_in_user_ns : probe.hostname).ok();
  isolation.proc = (isolation.user_namespace ? probe.proc_in_user_ns : probe.proc).ok();
}

IsolationMode ChooseMode(const Probe& probe, const std::string& wanted) {
  const bool root = probe.uid == 0;
  if (wanted == "full") {
    if (!probe.namespaces.ok() && !probe.user_namespaces.ok()) {
      throw Error(fmt::format("isolation.mode: full cannot be had here: namespaces: {}; {}",
                              ErrnoText(probe.namespaces.error), kNamespaceHint));
    }
    return IsolationMode::kFull;
  }
  if (wanted == "container") {
    if (!probe.change_ids.ok()) {
      throw Error(
          "isolation.mode: container needs root with CAP_SETUID and CAP_SETGID; as an ordinary user "
          "the mode is rootless");
    }
    return IsolationMode::kContainer;
  }
  if (wanted == "rootless") {
    if (root) throw Error("isolation.mode: rootless: start the server as an ordinary user, not as root");
    return IsolationMode::kRootless;
  }
  if (probe.namespaces.ok() || (root && probe.user_namespaces.ok())) return IsolationMode::kFull;
  return root ? IsolationMode::kContainer : IsolationMode::kRootless;
}

// Namespaces could be had, the configuration asks for none.
bool ModeLeavesOutNamespaces(const Probe& probe, const Isolation& isolation) {
  return isolation.mode == IsolationMode::kContainer && (probe.namespaces.ok() || probe.user_namespaces.ok());
}

std::string NamespaceReason(const Probe& probe, const Isolation& isolation) {
  if (ModeLeavesOutNamespaces(probe, isolation)) return "isolation.mode is container";
  return fmt::format("unshare and mount: {}; in a user namespace: {}", ErrnoText(probe.namespaces.error),
                     ErrnoText(probe.user_namespaces.error));
}

Layer Make(const char* name, bool in_force, std::string does, std::string why_not, std::string hint) {
  if (in_force) return {name, true, std::move(does), ""};
  return {name, false, std::move(why_not), std::move(hint)};
}

void AddNamespaceLayers(Isolation& isolation, const Probe& probe) {
  const std::string why = NamespaceReason(probe, isolation);
  const char* hint = ModeLeavesOutNamespaces(probe, isolation) ? kModeHint : kNamespaceHint;
  const auto add = [&](const char* name, const char* does) {
    isolation.layers.push_back(Make(name, isolation.namespaces, does, why, hint));
  };
  add("mount_ns", "a mount table of the run's own");
  add("pid_ns", "no process outside the run is visible; the end of the run ends them all");
  add("ipc_ns", "shared memory and message queues of the run's own");
  isolation.layers.push_back(Make("uts_ns", isolation.hostname, "the host's name is not visible",
                                  isolation.namespaces ? "sethostname refused by a container's profile" : why,
                                  isolation.namespaces ? "a seccomp profile that allows sethostname" : hint));
  add("net_ns", "no network but a loopback device that is down, where the network is off");
  add("readonly_root", "interpreter and libraries in a read-only tree, nothing else of the host");
  add("tmpfs", "/tmp in memory, sized, gone with the run");
  isolation.layers.push_back(Make("user_ns", isolation.user_namespace,
                                  "namespaces are had through a user namespace",
                                  isolation.namespaces ? "not needed: namespaces are had as root" : why, ""));
  isolation.layers.push_back(
      Make("procfs", isolation.proc, "/proc shows the run's own processes only",
           isolation.namespaces ? "mount of procfs refused (a container masks parts of /proc)" : why,
           isolation.namespaces ? "security_opt: systempaths=unconfined" : hint));
}

void AddLandlockLayers(Isolation& isolation, const Probe& probe) {
  const std::uint32_t abi = isolation.landlock_abi;
  const std::string why =
      abi == 0 ? ErrnoText(probe.landlock.error) : fmt::format("the kernel has ABI {}", abi);
  isolation.layers.push_back(
      Make("landlock_fs", abi >= 1, fmt::format("files by allow-list (ABI {})", abi), why, kLandlockHint));
  isolation.layers.push_back(Make("landlock_net", abi >= 4, "no TCP where the network is off", why,
                                  "a kernel of 6.7 or newer (Landlock ABI 4)"));
  isolation.layers.push_back(Make("landlock_scope", abi >= 6,
                                  "no signal and no abstract socket leaves the run", why,
                                  "a kernel of 6.12 or newer (Landlock ABI 6)"));
}

void AddCgroupLayers(Isolation& isolation, const Probe& probe, const Config& config) {
  const CgroupPlace& place = probe.cgroups;
  const bool wanted = config.limit_run_memory_mb != 0;
  const std::string& why = place.reason;
  isolation.layers.push_back(Make("cgroup_memory", isolation.cgroup_memory,
                                  fmt::format("memory of the run as a whole is limited (cgroup v{} below {})",
                                              place.version, place.memory),
                                  wanted ? why : "limits.run_memory_mb is 0",
                                  wanted ? kCgroupHint : kRunMemoryHint));
  isolation.layers.push_back(
      Make("cgroup_pids", isolation.cgroup_pids,
           fmt::format("processes of the run are counted (cgroup v{} below {})", place.version, place.pids),
           why, kCgroupHint));
  isolation.layers.push_back(
      Make("cgroup_cpu", isolation.cgroup_cpu,
           fmt::format("runs have equal shares of the processors, however many processes one has "
                       "(cgroup v{} below {})",
                       place.version, place.cpu),
           why, kCgroupHint));
}

void UseCgroups(Isolation& isolation, const Probe& probe, const Config& config) {
  isolation.cgroup_memory = !probe.cgroups.memory.empty() && config.limit_run_memory_mb != 0;
  isolation.cgroup_pids = !probe.cgroups.pids.empty();
  isolation.cgroup_cpu = !probe.cgroups.cpu.empty();
  const bool any = isolation.cgroup_memory || isolation.cgroup_pids || isolation.cgroup_cpu;
  isolation.cgroup_version = any ? static_cast<std::uint32_t>(probe.cgroups.version) : 0;
}

void AddLayers(Isolation& isolation, const Probe& probe, const Config& config) {
  AddNamespaceLayers(isolation, probe);
  AddLandlockLayers(isolation, probe);
  isolation.layers.push_back(Make("chroot", isolation.chroot, "a tree of links to what runs may read",
                                  "not needed: mount namespaces or Landlock do more", ""));
  isolation.layers.push_back(Make("unique_uid", isolation.change_ids, "a uid that no concurrent run has",
                                  "setresuid: " + ErrnoText(probe.change_ids.error),
                                  "run as root with CAP_SETUID and CAP_SETGID"));
  isolation.layers.push_back({"private_scratch", true, "cwd, HOME and temporary files of the run's own", ""});
  isolation.layers.push_back({"rlimits", true, "memory, processes, files and file size are limited", ""});
  AddCgroupLayers(isolation, probe, config);
  isolation.layers.push_back({"no_capabilities", true, "no capability, none to be had by execve", ""});
  isolation.layers.push_back({"no_new_privs", true, "set-user-id programs gain nothing", ""});
  isolation.layers.push_back({"seccomp", true, "system calls by allow-list; refusals are reported", ""});
}

void RequireOne(const Isolation& isolation, const std::string& name) {
  if (name == "full" || name == "container" || name == "rootless") {
    if (name == ModeName(isolation.mode)) return;
    throw Error(fmt::format("isolation.require: {} is required, the mode here is {}", name,
                            ModeName(isolation.mode)));
  }
  for (const Layer& layer : isolation.layers) {
    if (layer.name != name) continue;
    if (layer.in_force) return;
    const std::string hint = layer.hint.empty() ? "" : "; " + layer.hint;
    throw Error(fmt::format("isolation.require: {} is not in force: {}{}", name, layer.reason, hint));
  }
  throw Error(fmt::format("isolation.require: there is no layer \"{}\"; `sandgate doctor` lists them", name));
}

}  // namespace

std::string ModeName(IsolationMode mode) {
  switch (mode) {
    case IsolationMode::kFull:
      return "full";
    case IsolationMode::kContainer:
      return "container";
    case IsolationMode::kRootless:
      return "rootless";
  }
  return "unknown";
}

std::vector<std::string> Isolation::LayersInForce() const {
  std::vector<std::string> names;
  for (const Layer& layer : layers) {
    if (layer.in_force) names.push_back(layer.name);
  }
  return names;
}

Isolation ComputeIsolation(const Probe& probe, const Config& config) {
  Isolation isolation;
  isolation.mode = ChooseMode(probe, config.isolation_mode);
  if (isolation.mode != IsolationMode::kContainer) UseNamespaces(isolation, probe);
  isolation.change_ids = isolation.user_namespace ? isolation.map_all_ids : probe.change_ids.ok();
  isolation.landlock_abi = probe.landlock_abi;
  isolation.chroot = !isolation.namespaces && isolation.landlock_abi == 0 && probe.chroot.ok();
  isolation.counts_io = probe.counts_io;
  RequireWorkable(isolation, probe);
  UseCgroups(isolation, probe, config);
  AddLayers(isolation, probe, config);
  for (const std::string& name : config.isolation_require) RequireOne(isolation, name);
  return isolation;
}

}  // namespace sandgate

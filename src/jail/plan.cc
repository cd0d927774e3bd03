// SPDX-License-Identifier: Apache-2.0
#include "jail/plan.h"

#include "base/error.h"
#include "base/wire.h"

namespace sandgate {

namespace {

void PutCount(WireWriter& out, std::size_t count, std::size_t max) {
  if (count > max) throw Error("run plan: a list is longer than " + std::to_string(max));
  out.Word(count);
}

void PutStrings(WireWriter& out, const std::vector<std::string>& strings, std::size_t max) {
  PutCount(out, strings.size(), max);
  for (const std::string& string : strings) out.String(string);
}

template <std::size_t N>
void ReadStrings(WireReader& in, std::array<char*, N>& pointers) {
  const std::size_t count = in.Count(N - 1);
  for (std::size_t i = 0; i < count; ++i) pointers[i] = in.String();
  pointers[count] = nullptr;
}

}  // namespace

std::string EncodePlan(const PlanSpec& spec) {
  WireWriter out;
  out.Word(spec.namespaces);
  out.Word(spec.pid_namespace);
  out.Word(spec.cgroup_version);
  PutCount(out, spec.cgroup_entries, JailPlan::kMaxCgroupEntries);
  out.Word(spec.empty_network);
  out.Word(spec.set_hostname);
  out.Word(spec.change_ids);
  out.Word(spec.uid);
  out.Word(spec.gid);
  out.String(spec.chroot);
  out.String(spec.packages);
  out.String(spec.tmpfs_options);
  out.Word(spec.mount_proc);
  out.String(spec.scratch);
  out.Word(spec.background);
  PutCount(out, spec.limits.size(), JailPlan::kMaxLimits);
  for (const ResourceLimit& limit : spec.limits) {
    out.Word(static_cast<std::uint64_t>(limit.resource));
    out.Word(limit.value);
  }
  out.Word(spec.landlock_abi);
  out.Word(spec.landlock_fs);
  out.Word(spec.landlock_net);
  out.Word(spec.landlock_scoped);
  PutCount(out, spec.paths.size(), JailPlan::kMaxPaths);
  for (const PathAccess& path : spec.paths) {
    out.String(path.path);
    out.Word(path.access);
  }
  PutStrings(out, spec.argv, JailPlan::kMaxArguments);
  PutStrings(out, spec.envp, JailPlan::kMaxEnvironment);
  return out.Take();
}

bool DecodePlan(std::span<char> packet, JailPlan& plan) {
  WireReader in(packet);
  plan.namespaces = in.Word();
  plan.pid_namespace = in.Word() != 0;
  plan.cgroup_version = static_cast<std::uint32_t>(in.Word());
  plan.cgroup_entries = static_cast<std::uint32_t>(in.Count(JailPlan::kMaxCgroupEntries));
  plan.empty_network = in.Word() != 0;
  plan.set_hostname = in.Word() != 0;
  plan.change_ids = in.Word() != 0;
  plan.uid = static_cast<std::uint32_t>(in.Word());
  plan.gid = static_cast<std::uint32_t>(in.Word());
  plan.chroot = in.OptionalString();
  plan.packages = in.OptionalString();
  plan.tmpfs_options = in.OptionalString();
  plan.mount_proc = in.Word() != 0;
  plan.scratch = in.String();
  plan.background = in.Word() != 0;
  plan.limit_count = in.Count(JailPlan::kMaxLimits);
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    plan.limits[i].resource = static_cast<int>(in.Word());
    const std::uint64_t value = in.Word();
    plan.limits[i].value = {value, value};
  }
  plan.landlock_abi = static_cast<std::uint32_t>(in.Word());
  plan.landlock_fs = in.Word();
  plan.landlock_net = in.Word();
  plan.landlock_scoped = in.Word();
  plan.path_count = in.Count(JailPlan::kMaxPaths);
  for (std::size_t i = 0; i < plan.path_count; ++i) {
    plan.paths[i].path = in.String();
    plan.paths[i].access = in.Word();
  }
  ReadStrings(in, plan.argv);
  ReadStrings(in, plan.envp);
  return in.ok() && in.Rest().empty() && plan.argv[0] != nullptr;
}

}  // namespace sandgate

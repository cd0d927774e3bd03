// SPDX-License-Identifier: Apache-2.0
#include "policy/permit.h"

#include "policy/syscall_table.h"

namespace sandgate {

const Rule* CheapestPermit(const Policy& policy, const RefusedCall& call, unsigned withheld) {
  // Numbers of another architecture mean other calls.
  if (call.arch != NativeArch() || IsX32(call)) return nullptr;
  const Rule* best = nullptr;
  for (const Rule& rule : policy.dormant()) {
    if (rule.number != call.number || rule.verdict != Verdict::kAllow || !Matches(rule, call.args)) continue;
    if ((rule.needs & withheld) != 0) continue;
    if (best == nullptr || rule.needs < best->needs) best = &rule;
  }
  return best;
}

bool IsForeignIdentity(const Policy& policy, const RefusedCall& call) {
  const Syscall* syscall = FindSyscall(call.number);
  if (syscall == nullptr) return false;
  const std::string_view name = syscall->name;
  if (name == "setgroups") return true;
  if (!name.starts_with("set") || !(name.ends_with("uid") || name.ends_with("gid"))) return false;
  const IdRange& own = name.ends_with("uid") ? policy.options().run_uids : policy.options().run_gids;
  const std::vector<Argument> arguments = Arguments(*syscall);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto id = static_cast<std::uint32_t>(call.args.at(i));
    const bool unchanged = id == UINT32_MAX;
    if (arguments[i].kind == ArgKind::kId && !unchanged && !own.Contains(id)) return true;
  }
  return false;
}

}  // namespace sandgate

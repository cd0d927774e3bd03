// SPDX-License-Identifier: Apache-2.0
#include "run/policies.h"

#include <algorithm>

#include "base/error.h"
#include "base/sys.h"
#include "policy/filter.h"

namespace sandgate {

namespace {

std::shared_ptr<const CompiledPolicy> CompilePolicy(const PolicyOptions& options) {
  auto compiled = std::make_shared<CompiledPolicy>(CompiledPolicy{Policy::Make(options), Fd(), false});
  compiled->filter = sys::SealedMemory("sandgate-filter", ExportFilter(compiled->policy));
  compiled->allows_processes = AllowsProcesses(compiled->policy);
  return compiled;
}

}  // namespace

PolicyStore::PolicyStore(PolicyStoreOptions options, const Logger& log)
    : options_(std::move(options)), log_(log) {
  for (const bool network : {true, false}) kept_.push_back({{network}, Compile({network})});
}

std::shared_ptr<const CompiledPolicy> PolicyStore::Get(const PolicyKey& key) {
  return std::ranges::find(kept_, key, &Entry::key)->compiled;
}

std::shared_ptr<const CompiledPolicy> PolicyStore::Compile(const PolicyKey& key) {
  PolicyOptions options = options_.base;
  options.network = key.network;
  auto compiled = CompilePolicy(options);
  RequireThatRunsCanBeEnded(*compiled);
  Warn(compiled->policy);
  return compiled;
}

// Without a pid namespace or a uid of its own, what a run forks could not be told from anything else.
void PolicyStore::RequireThatRunsCanBeEnded(const CompiledPolicy& compiled) const {
  if (options_.processes_can_be_ended || !compiled.allows_processes) return;
  throw Error(
      "allow_processes (or allowed_syscalls with fork, vfork or clone) needs pid namespaces or a uid for "
      "each run, neither of which is to be had here: processes would outlive their run");
}

void PolicyStore::Warn(const Policy& policy) {
  for (const std::string& warning : policy.warnings()) {
    if (told_.insert(warning).second) log_.Warn(warning);
  }
}

}  // namespace sandgate

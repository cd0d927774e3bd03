// SPDX-License-Identifier: Apache-2.0
// The one owner of compiled policies. A run asks for the policy that fits it; what the configuration names
// is compiled at start, so that a mistake stops the start. Server process and command line.
#pragma once
#include <list>
#include <memory>
#include <set>
#include <string>

#include "base/fd.h"
#include "obs/log.h"
#include "policy/policy.h"

namespace sandgate {

// A policy and its filter.
struct CompiledPolicy {
  Policy policy;
  Fd filter;  // sealed memory with the program
  bool allows_processes = false;
};

// Which policy a run is under.
struct PolicyKey {
  bool network = false;

  bool operator==(const PolicyKey&) const = default;
};

struct PolicyStoreOptions {
  PolicyOptions base;                  // `network` is taken from the key
  bool processes_can_be_ended = true;  // by a pid namespace, or by a uid of each run
};

class PolicyStore {
 public:
  // Compiles what runs use. Throws Error. `log` must outlive the store.
  PolicyStore(PolicyStoreOptions options, const Logger& log);

  // Never null. A run holds the pointer as long as it lives.
  std::shared_ptr<const CompiledPolicy> Get(const PolicyKey& key);

 private:
  using Shared = std::shared_ptr<const CompiledPolicy>;

  struct Entry {
    PolicyKey key;
    Shared compiled;
  };

  Shared Compile(const PolicyKey& key);
  void RequireThatRunsCanBeEnded(const CompiledPolicy& compiled) const;
  void Warn(const Policy& policy);

  PolicyStoreOptions options_;
  const Logger& log_;
  std::set<std::string> told_;  // warnings in the log already
  std::list<Entry> kept_;
};

}  // namespace sandgate

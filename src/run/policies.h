// SPDX-License-Identifier: Apache-2.0
// The one owner of compiled policies. A run asks for the policy that fits it. What the configuration names
// is compiled at start and kept, so that a mistake stops the start and later changes of a file do not reach
// runs unseen; profiles that requests name are compiled when they are first asked for, and again when their
// file has changed. Server process and command line.
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>

#include "base/error.h"
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
  std::string profile;  // empty: the configuration's; "default": none

  bool operator==(const PolicyKey&) const = default;
};

// A request names a profile that is not there.
class UnknownProfile : public Error {
  using Error::Error;
};

struct PolicyStoreOptions {
  PolicyOptions base;                  // `network` and `profile` are taken from the key
  std::string folder;                  // of the profiles
  std::string profile;                 // of runs that ask for none; empty: none
  bool processes_can_be_ended = true;  // by a pid namespace, or by a uid of each run
};

class PolicyStore {
 public:
  // Compiles what runs use unless they ask for something else. Throws Error. `log` must outlive the store.
  PolicyStore(PolicyStoreOptions options, const Logger& log);

  // Never null. Throws UnknownProfile, and Error for a profile with a mistake. A run holds the pointer as
  // long as it lives.
  std::shared_ptr<const CompiledPolicy> Get(const PolicyKey& key);

 private:
  using Shared = std::shared_ptr<const CompiledPolicy>;

  // What tells one version of a file from the next.
  struct Version {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;

    bool operator==(const Version&) const = default;
  };
  struct Entry {
    PolicyKey key;
    Version version;
    Shared compiled;
  };

  Version VersionOf(const std::string& profile) const;
  Shared Compile(const PolicyKey& key);
  void RequireThatRunsCanBeEnded(const CompiledPolicy& compiled, const std::string& profile) const;
  void Warn(const Policy& policy);

  PolicyStoreOptions options_;
  const Logger& log_;
  std::set<std::string> told_;  // warnings in the log already
  std::list<Entry> kept_;       // of the configuration
  std::list<Entry> recent_;     // of requests, the latest first
};

}  // namespace sandgate

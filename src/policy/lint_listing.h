// SPDX-License-Identifier: Apache-2.0
// What an entry of allowed_syscalls would change, for any call of either architecture. For lint_list.cc.
#pragma once
#include <string>

#include "config/config.h"
#include "policy/rule_file.h"
#include "policy/syscall_table.h"

namespace sandgate::lint {

// From here on a call has the same number on every architecture.
inline constexpr int kFirstShared = 424;

struct Effect {
  enum class Kind {
    kRedundant,  // allowed anyway
    kAdds,       // allows what is refused by default
    kAddsMore,   // allows more arguments than are allowed by default
    kNothing,    // what is safe of it is allowed already, and the rest stays refused
    kHazard,     // would open the sandbox
  };
  Kind kind = Kind::kNothing;
  std::string why;  // English, as in policies/*.yaml
};

class Listing {
 public:
  // `config` says which options are on. Signals are taken to be contained.
  explicit Listing(const Config& config);

  Effect EffectOf(const Syscall& call) const;

 private:
  RuleBook book_;
  unsigned given_ = 0;  // bits of namespace needs
};

}  // namespace sandgate::lint

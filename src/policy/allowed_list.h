// SPDX-License-Identifier: Apache-2.0
// The operator's allowed_syscalls as numbers. Lists in the wild name whole ranges of numbers, so what a
// machine does not have is a warning; only a word that names nothing is an error. For policy.cc.
#pragma once
#include <set>
#include <string>
#include <vector>

namespace sandgate {

struct AllowedList {
  std::set<int> numbers;              // of the native architecture
  std::vector<std::string> warnings;  // one sentence each
};

// `entries` are names or decimal numbers. Throws Error for an entry that is neither.
AllowedList ReadAllowedList(const std::vector<std::string>& entries);

}  // namespace sandgate

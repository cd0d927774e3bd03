// SPDX-License-Identifier: Apache-2.0
// The operator's allowed_syscalls as numbers. Lists in the wild name whole ranges of numbers, so what a
// machine does not have, and a word that names nothing, is a warning and adds nothing.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "config/load.h"

namespace sandgate {

struct AllowedList {
  std::set<int> numbers;              // of the native architecture
  std::vector<std::string> warnings;  // one sentence each
};

// Takes what names nothing out of the list of a configuration; a warning for each entry says where it stood.
void LeaveOutUnknown(LoadedConfig& loaded);

// `entries` are names or decimal numbers.
AllowedList ReadAllowedList(const std::vector<std::string>& entries);

}  // namespace sandgate

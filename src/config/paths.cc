// SPDX-License-Identifier: Apache-2.0
#include "config/paths.h"

#include <algorithm>

namespace sandgate {

bool IsWithin(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return false;
  return path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/';
}

bool IsOfTheMachine(std::string_view path) {
  constexpr std::string_view kMachine[] = {"/proc", "/sys", "/dev", "/run", "/var/run", "/boot"};
  return std::ranges::any_of(kMachine, [&](std::string_view folder) { return IsWithin(path, folder); });
}

}  // namespace sandgate

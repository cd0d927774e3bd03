// SPDX-License-Identifier: Apache-2.0
#include "config/paths.h"

#include <algorithm>
#include <filesystem>

namespace sandgate {

bool IsWithin(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return false;
  return path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/';
}

bool IsOfTheMachine(std::string_view path) {
  constexpr std::string_view kMachine[] = {"/proc", "/sys", "/dev", "/run", "/var/run", "/boot"};
  return std::ranges::any_of(kMachine, [&](std::string_view folder) { return IsWithin(path, folder); });
}

bool LeadsToTheMachine(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path written(path);
  return IsOfTheMachine(written.lexically_normal().string()) ||
         IsOfTheMachine(std::filesystem::weakly_canonical(written, ignored).string());
}

bool IsBroad(std::string_view path) {
  constexpr std::string_view kBroad[] = {"/",    "/etc", "/var", "/home", "/root",
                                         "/opt", "/srv", "/mnt", "/media"};
  return std::ranges::find(kBroad, path) != std::end(kBroad);
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Makes the Config from the defaults, the YAML file and the environment, in this order: what comes later
// wins. Called once at start, by `serve` and by the commands that look at the configuration.
//
// A value that cannot be right stops the start and is told with its place and what is expected; what is
// merely odd (an unknown key, a word in allowed_syscalls that can be no call) is a
// warning, for the caller to log.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/assign.h"
#include "config/config.h"

namespace sandgate {

inline constexpr std::string_view kDefaultConfigPath = "conf/config.yaml";

using Environment = std::map<std::string, std::string, std::less<>>;

// A copy of the environment of this process.
Environment ProcessEnvironment();

// Where a value in force comes from.
struct Source {
  Origin origin = Origin::kDefault;
  std::string where;  // "PATH:LINE" or the variable's name

  std::string Text() const;  // "default", "conf/config.yaml:7", "environment MAX_WORKERS"
};

struct LoadedConfig {
  Config config;
  std::vector<Source> sources;        // one for each of Options(), in its order
  std::vector<std::string> warnings;  // one sentence each
  // Where each entry of Config::allowed_syscalls stands: "environment ALLOWED_SYSCALLS", "PATH:LINE".
  std::vector<std::string> syscall_places;
  std::string path;  // the file that was tried
  bool file_found = false;

  // Of the option with that key or, where it has none, that name in the environment. Throws Error for
  // a name that is none.
  const Source& SourceOf(std::string_view name) const;
};

// The warning for an entry of allowed_syscalls that is left out; `shown` is quoted.
std::string IgnoredSyscall(std::string_view shown, std::string_view place);

// Throws Error when the file cannot be read or is missing (at kDefaultConfigPath that is a warning) or is not
// YAML, and one Error with a line for each value that is not what its option expects.
LoadedConfig Load(const std::string& path, const Environment& environment);

// The folder of the profiles: a relative one is beside the configuration file `path`.
std::string FolderOfProfiles(const std::string& path, const std::string& folder);

}  // namespace sandgate

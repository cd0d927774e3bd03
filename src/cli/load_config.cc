// SPDX-License-Identifier: Apache-2.0
#include "cli/load_config.h"

#include "base/characters.h"
#include "cli/tell.h"
#include "policy/allowed_list.h"

namespace sandgate {

LoadedConfig LoadConfig(const std::string& path) {
  LoadedConfig loaded = Load(path, ProcessEnvironment());
  LeaveOutUnknown(loaded);
  for (std::string& warning : loaded.warnings) warning = Printable(warning, Lines::kMany);
  return loaded;
}

void PrintWarnings(const LoadedConfig& loaded) {
  // Where there is no file, the first one says so.
  for (std::size_t i = loaded.file_found ? 0 : 1; i < loaded.warnings.size(); ++i) {
    TellWarning(loaded.warnings[i]);
  }
}

}  // namespace sandgate

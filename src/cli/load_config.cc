// SPDX-License-Identifier: Apache-2.0
#include "cli/load_config.h"

#include "policy/allowed_list.h"

namespace sandgate {

LoadedConfig LoadConfig(const std::string& path) {
  LoadedConfig loaded = Load(path, ProcessEnvironment());
  LeaveOutUnknown(loaded);
  return loaded;
}

}  // namespace sandgate

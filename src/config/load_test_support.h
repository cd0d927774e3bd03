// SPDX-License-Identifier: Apache-2.0
// For the tests of this folder: a configuration file with a given text, gone at the end of the test, and
// the text of the Error that a load ends with.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "config/load.h"

namespace sandgate {

class ConfigFile {
 public:
  explicit ConfigFile(std::string_view text)
      : folder_(std::filesystem::temp_directory_path() / ("sandgate-config-" + RandomHex(8))) {
    std::filesystem::create_directory(folder_);
    std::ofstream(path()) << text;
  }
  ~ConfigFile() { std::filesystem::remove_all(folder_); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  std::string path() const { return folder_ / "config.yaml"; }

 private:
  std::filesystem::path folder_;
};

// The configuration where no file is named and none is there.
inline LoadedConfig LoadWithoutFile(const Environment& environment) {
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path("/proc/self");
  LoadedConfig loaded = Load(std::string(kDefaultConfigPath), environment);
  std::filesystem::current_path(here);
  return loaded;
}

inline LoadedConfig LoadText(std::string_view yaml, const Environment& environment = {}) {
  return Load(ConfigFile(yaml).path(), environment);
}

// The message of the Error, with the path of the file as FILE, or "" when there was none.
inline std::string LoadError(std::string_view yaml, const Environment& environment = {}) {
  const ConfigFile file(yaml);
  try {
    Load(file.path(), environment);
  } catch (const Error& error) {
    std::string message = error.what();
    for (std::size_t at = 0; (at = message.find(file.path(), at)) != std::string::npos;) {
      message.replace(at, file.path().size(), "FILE");
    }
    return message;
  }
  return "";
}

}  // namespace sandgate

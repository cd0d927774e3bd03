// SPDX-License-Identifier: Apache-2.0
// The configuration file as a flat list of settings. Knows YAML and files, but no option: which of the
// settings mean something is decided in load.cc. Server and command line, at start only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/assign.h"

namespace sandgate {

// One value of the file with the path of its key: "proxy.socks5". A mapping becomes one setting for
// each of its values; an empty mapping is a setting itself.
struct Setting {
  std::string key;
  RawValue value;  // `line` is that of the value
  int line = 0;    // that of the key, from 1
};

// The bytes of the file, or nothing when there is no such file. Throws Error (with errno) when it cannot be
// read, is a folder, or is larger than a configuration can reasonably be (4 MiB).
std::optional<std::string> ReadConfigFile(const std::string& path);

// The settings in the order of the file; none for an empty text. Throws Error "PATH:LINE:COLUMN: ..."
// when `text` is not one YAML document or not a mapping; `path` is for that message only.
std::vector<Setting> ParseSettings(const std::string& text, const std::string& path);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The group `environments`: named environments, each a map of the fields in one table; and where the files of
// the default one are. A field that is not known stops the start: packages would silently be missing.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/assign.h"
#include "config/config.h"

namespace sandgate {

inline constexpr std::string_view kEnvironmentsGroup = "environments";

// Puts the setting `environments.` + `path` ("data.python_requirements") there, or returns what is wrong.
std::optional<BadValue> AssignEnvironment(std::string_view path, const RawValue& value,
                                          std::vector<NamedEnvironment>& environments);

// As a value in YAML: "{data: {python_requirements: \"a.txt\"}}".
std::string EnvironmentsYaml(const std::vector<NamedEnvironment>& environments);

// Makes every path of a folder or file with packages absolute. `file` is the configuration file.
void PlaceDependencies(const std::string& file, Config& config);

// Whether a variable of the server is for installers of packages.
bool IsForInstallers(std::string_view name);

// The table of fields, for docs/config.md.
std::string EnvironmentFieldsDocs();

}  // namespace sandgate

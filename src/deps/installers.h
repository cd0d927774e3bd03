// SPDX-License-Identifier: Apache-2.0
// How packages are installed: the programs that are run in the jail of installers, what they are given, and
// what their end means.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "deps/build.h"

namespace sandgate {

// An array of texts, as JSON and so as Python and JavaScript write it.
std::string JsonList(const std::vector<std::string>& texts);

// A program for an ordinary run that prints what would install packages; an empty line where nothing can.
std::string InstallerSearch(Language language);

struct InstallerProgram {
  std::string_view name;
  std::string_view step;  // "installing packages"
  std::string code;
  bool in_environment = false;  // run by the interpreter that an earlier one has made
};
std::vector<InstallerProgram> ProgramsFor(const Config& config, const Recipe& recipe);

// Without the folders.
InstallPlace PlaceFor(const Config& config, const Recipe& recipe);

// `output` is all that the installer printed, without passwords.
std::string WhyInstallerFailed(const Config& config, const Recipe& recipe, const RunResult& result,
                               const std::string& output);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// What the server has made of a package by name, for a program that misses it.
#pragma once

namespace sandgate {

enum class PackageState {
  kNotNamed,    // the operator's file does not name it, or nothing is known of that file
  kToInstall,   // it does, and the server has not installed it since
  kInstalling,  // it is being installed
  kFailed,      // the packages of its file could not be; what was in use goes on
  kMended,      // the same, and the file has changed since
  kInstalled,   // what the file asks for is installed
};

}  // namespace sandgate

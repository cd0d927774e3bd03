// SPDX-License-Identifier: Apache-2.0
// The file that names packages of Node.js, as far as the server reads it itself: which packages, and where a
// mistake is. What the versions mean is npm's business.
#pragma once
#include <string>

#include "deps/requirements.h"

namespace sandgate {

// The packages in a package.json, and its lock file, where there is one beside it. Throws Error where a file
// cannot be read or is no package.json, with line and column where the JSON is broken.
Requirements ReadPackageJson(const std::string& path, std::string& lock_file);

}  // namespace sandgate

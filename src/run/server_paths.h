// SPDX-License-Identifier: Apache-2.0
// How a path of the server would look to a run that was given it. It tells no more of the server's files
// than every user of that machine can see: what lies in a closed folder looks like what does not exist.
#pragma once
#include <string>

namespace sandgate {

enum class PathState {
  kReadable,    // by everybody
  kUnreadable,  // it is there, but not readable by everybody, or neither a file nor a folder
  kMissing,     // the folder that everybody can look into has no such entry
  kHidden,      // not everybody can look into its folder
};

// `path` is absolute. Follows symbolic links; waits for no network file system and mounts nothing.
PathState LookAt(const std::string& path);

}  // namespace sandgate

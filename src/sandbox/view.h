// SPDX-License-Identifier: Apache-2.0
// What of the host a run may read: the system's programs and libraries, what lookups of names, times,
// certificates and fonts need, the interpreters, and what the operator adds. An allow-list, so that
// nothing else (configuration, logs, home directories, mounted secrets) is there at all.
#pragma once
#include <string>
#include <vector>

#include "config/config.h"
#include "jail/plan.h"
#include "jail/tree.h"
#include "sandbox/interpreter.h"
#include "sandbox/isolation.h"

namespace sandgate {

// Existing absolute paths, none of them below another one of the list. Of the folder of dependencies the
// folders in it, which hold data; its files, and what is there for installers, may hold passwords.
std::vector<std::string> ReadOnlyPaths(const Config& config, const std::vector<Interpreter>& interpreters);

// The root tree of `full` mode. `support_files` are paths and contents of our own small files.
TreeSpec MakeTree(const Isolation& isolation, const std::vector<std::string>& paths,
                  std::vector<TreeSpec::File> support_files);

// Builds at `root` a tree of hard links (copies across file systems) to `paths`, with device nodes: for
// kernels without mounts and without Landlock. Throws Error.
void LinkTree(const std::string& root, const std::vector<std::string>& paths,
              const std::vector<TreeSpec::File>& support_files);

// Landlock's rules: `paths` may be read and executed, /dev/null and its like be written, `scratch` be
// used freely. In `full` mode the tree itself is the list; without it a run reads some files of its first
// process in /proc, each named by itself: what else lies beside them shows the network and the container.
std::vector<PathAccess> LandlockPaths(const Isolation& isolation, const std::vector<std::string>& paths,
                                      const std::string& scratch);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The read-only root tree that every run of a spawner sees, built once when the spawner starts: the
// spawner enters its own mount namespace (and user namespace, where that is what gives the right to do
// so), binds the listed files and folders read-only into an empty tmpfs, and makes it its root. A run
// copies the mount namespace and adds only its own /tmp and /proc.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sandgate {

// The uid and gid of every run in a user namespace with one id: of an ordinary user, so that files and
// programs that look treat it as one.
inline constexpr std::uint32_t kMappedId = 1000;

struct TreeSpec {
  struct Mount {
    std::string source;  // a path of the host; left out when it does not exist
    std::string target;  // absolute path in the tree
    bool writable = false;
  };
  struct Link {
    std::string text;  // what the symbolic link says
    std::string path;
  };
  struct File {
    std::string path;
    std::string contents;
  };

  // Who ends the processes of a run's uid: a uid that nothing else has, so that no run may signal the
  // sweeper.
  std::uint32_t sweeper_uid = 0;
  bool mount_namespace = false;  // false: the spawner stays in the server's tree, nothing below is used
  bool user_namespace = false;
  // What the spawner itself writes to its uid_map and gid_map ("inside outside count"); empty: the
  // server writes the maps, as it may map more than one id.
  std::string own_uid_map;
  std::string own_gid_map;
  // Mounts the spawner's own procfs below the place where each run mounts its: in a user namespace the
  // kernel allows a new procfs only where one can be seen already (user_namespaces(7)).
  bool proc_below = false;
  std::vector<Mount> mounts;
  // The spawner's own /tmp, in memory, for what an interpreter writes while it is warmed; each run mounts its
  // own over it.
  bool writable_tmp = false;
  bool packages = false;  // runs may mount a folder of packages (kPackagesMount)
  std::vector<Link> links;
  std::vector<File> files;
  // /etc/passwd and /etc/group have an entry for each uid that a run may have: these, and kMappedId.
  std::uint32_t first_uid = 0;
  std::uint32_t uid_count = 0;
};

std::string EncodeTree(const TreeSpec& spec);
TreeSpec DecodeTree(std::span<char> packet);  // throws Error

// In the spawner, in this order; both do nothing where the spec does not ask for it. `map_ids` is called
// inside the new user namespace when the server has to write the maps, and returns when it has. Throw
// Error naming the step.
void EnterUserNamespace(const TreeSpec& spec, const std::function<void()>& map_ids);
void EnterTree(const TreeSpec& spec);

}  // namespace sandgate

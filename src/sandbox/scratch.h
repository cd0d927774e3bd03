// SPDX-License-Identifier: Apache-2.0
// The server's directory for what runs leave on disk in modes without mounts.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace sandgate {

// Where that may be: `configured`, or, where that is empty, /var/lib/sandgate and /tmp/sandgate-UID.
std::vector<std::string> StateBases(const std::string& configured);

// The folder below which the server keeps what it writes: the first of StateBases() that can be written.
// Makes it. Throws Error when there is none, or when it belongs to somebody else.
std::string StateBase(const std::string& configured);

// Throws Error where a folder on the way to `folder`, which exists, is closed to other users: runs with a uid
// of their own could not enter it.
void RequireThatRunsEnter(const std::string& folder);

// A directory of this server instance, locked (flock(2)) while it lives and removed at the end.
// Directories of instances that died are removed when a new one is made.
class StateDir {
 public:
  // Below StateBase(configured); throws as that.
  explicit StateDir(const std::string& configured);
  ~StateDir();
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;

  const std::string& path() const { return path_; }  // mode 0711: entered by runs, not listed
  // Makes a directory like it (mode 0711); returns its path.
  std::string AddDirectory(std::string_view name) const;
  // Makes a directory that no run can enter, with a name that none can guess; returns its path.
  std::string AddTrash() const;
  // Writes a file that runs may read; returns its path.
  std::string AddFile(std::string_view name, std::string_view contents) const;

 private:
  std::string path_;
  Fd lock_;
};

// Makes `path`, mode 0700, owned by uid and gid, or by the caller.
void MakeScratch(const std::string& path, std::uint32_t uid, std::uint32_t gid);
void MakeScratch(const std::string& path);
// Makes it another owner's, without what is in it.
void GiveScratch(const std::string& path, std::uint32_t uid, std::uint32_t gid);
// Makes `path`, mode 0711, with a link to the folder node_modules of `packages`. Throws Error.
void MakePackagesFolder(const std::string& path, const std::string& packages);
// Gives it its mode again, before user code runs in it. False when that cannot be.
bool OpenScratch(const std::string& path);

}  // namespace sandgate

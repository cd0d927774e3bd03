// SPDX-License-Identifier: Apache-2.0
#include "sandbox/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"

namespace sandgate {

namespace {

constexpr std::string_view kInstance = "instance-";

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

struct Entry {
  std::string name;
  bool directory = false;
};

// Opens a directory entry without following a link, and makes sure that we may empty it.
Fd OpenDirectory(int parent, const std::string& name) {
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Fd fd(::openat(parent, name.c_str(), flags));
  struct stat status {};
  if (!fd && errno == EACCES && ::fchmodat(parent, name.c_str(), 0700, 0) == 0) {
    fd = Fd(::openat(parent, name.c_str(), flags));
  }
  Check(fd.get(), "open directory " + name);
  if (::fstat(fd.get(), &status) == 0 && (status.st_mode & 0700) != 0700) ::fchmod(fd.get(), 0700);
  return fd;
}

std::vector<Entry> List(int directory) {
  const int copy = Check(::fcntl(directory, F_DUPFD_CLOEXEC, 0), "F_DUPFD");
  const std::unique_ptr<DIR, CloseDir> dir(::fdopendir(copy));
  if (!dir) ThrowErrno("fdopendir");
  ::rewinddir(dir.get());
  std::vector<Entry> entries;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat status {};
    const bool known = ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    entries.push_back({name, known && S_ISDIR(status.st_mode)});
  }
  return entries;
}

// Empties `directory` (an entry of `top`): files go, subdirectories move up into `top` under new names,
// so that depth never grows.
void Flatten(int top, int directory) {
  for (const Entry& entry : List(directory)) {
    if (!entry.directory) {
      Check(::unlinkat(directory, entry.name.c_str(), 0), "unlink " + entry.name);
      continue;
    }
    (void)OpenDirectory(directory, entry.name);  // renaming a directory writes to its ".."
    const std::string fresh = "removed-" + RandomHex(8);
    Check(::renameat(directory, entry.name.c_str(), top, fresh.c_str()), "move " + entry.name);
  }
}

void Empty(int top) {
  for (std::vector<Entry> entries = List(top); !entries.empty(); entries = List(top)) {
    for (const Entry& entry : entries) {
      if (entry.directory) Flatten(top, OpenDirectory(top, entry.name).get());
      Check(::unlinkat(top, entry.name.c_str(), entry.directory ? AT_REMOVEDIR : 0), "remove " + entry.name);
    }
  }
}

// Ours, not a link, not writable by others: /tmp is everybody's.
bool IsOurs(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
         (status.st_mode & 0022) == 0;
}

bool MakeOurs(const std::string& path) {
  if (::mkdir(path.c_str(), 0711) != 0 && errno != EEXIST) return false;
  return IsOurs(path) && ::access(path.c_str(), W_OK) == 0;
}

std::string ChooseBase(const std::string& configured) {
  if (!configured.empty()) {
    if (MakeOurs(configured)) return configured;
    throw Error("state_dir: " + configured +
                " cannot be made, or is not a directory of this user that only it writes");
  }
  const std::string temporary = "/tmp/sandgate-" + std::to_string(::geteuid());
  for (const std::string& candidate : {std::string("/var/lib/sandgate"), temporary}) {
    if (MakeOurs(candidate)) return candidate;
  }
  throw Error("no directory for runs: neither /var/lib/sandgate nor " + temporary +
              " can be written; set state_dir");
}

Fd TryLock(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

void RemoveDeadInstances(const std::string& base) {
  for (const auto& entry : std::filesystem::directory_iterator(base)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kInstance)) continue;
    if (const Fd lock = TryLock(entry.path())) RemoveTree(entry.path());
  }
}

}  // namespace

StateDir::StateDir(const std::string& configured) {
  const std::string base = ChooseBase(configured);
  RemoveDeadInstances(base);
  // Again when an instance that starts at the same moment took the new directory for a dead one.
  for (int attempt = 0; attempt < 3 && !lock_; ++attempt) {
    path_ = base + "/" + std::string(kInstance) + RandomHex(8);
    Check(::mkdir(path_.c_str(), 0711), "mkdir " + path_);
    lock_ = TryLock(path_);
  }
  if (!lock_) throw Error("lock " + path_);
  Check(::chmod(path_.c_str(), 0711), "chmod " + path_);
}

StateDir::~StateDir() {
  try {
    RemoveTree(path_);
  } catch (const Error&) {
    // The next instance tries again.
  }
}

std::string StateDir::AddDirectory(std::string_view name) const {
  std::string path = path_ + "/" + std::string(name);
  Check(::mkdir(path.c_str(), 0711), "mkdir " + path);
  Check(::chmod(path.c_str(), 0711), "chmod " + path);
  return path;
}

std::string StateDir::AddFile(std::string_view name, std::string_view contents) const {
  std::string path = path_ + "/" + std::string(name);
  sys::WriteFile(path, contents);
  Check(::chmod(path.c_str(), 0444), "chmod " + path);
  return path;
}

void MakeScratch(const std::string& path, std::uint32_t uid, std::uint32_t gid) {
  MakeScratch(path);
  Check(::chown(path.c_str(), uid, gid), "chown " + path);
}

void MakeScratch(const std::string& path) { Check(::mkdir(path.c_str(), 0700), "mkdir " + path); }

void RemoveTree(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 && errno == ENOENT) return;
  const Fd top = OpenDirectory(AT_FDCWD, path);
  Empty(top.get());
  Check(::rmdir(path.c_str()), "rmdir " + path);
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "sandbox/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"
#include "sandbox/removal.h"

namespace sandgate {

namespace {

constexpr std::string_view kInstance = "instance-";

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

// Mode 0711, whatever the umask.
void MakeEntered(const std::string& path) {
  Check(::mkdir(path.c_str(), 0711), "mkdir " + path);
  Check(::chmod(path.c_str(), 0711), "chmod " + path);
}

}  // namespace

std::vector<std::string> StateBases(const std::string& configured) {
  if (!configured.empty()) return {configured};
  return {"/var/lib/sandgate", "/tmp/sandgate-" + std::to_string(::geteuid())};
}

std::string StateBase(const std::string& configured) {
  const std::vector<std::string> candidates = StateBases(configured);
  for (const std::string& candidate : candidates) {
    if (MakeOurs(candidate)) return candidate;
  }
  if (!configured.empty()) {
    throw Error("state_dir: " + configured +
                " cannot be made, or is not a directory of this user that only it writes");
  }
  throw Error("no directory for runs: neither " + candidates[0] + " nor " + candidates[1] +
              " can be written; set state_dir");
}

void RequireThatRunsEnter(const std::string& folder) {
  std::filesystem::path entered;
  for (const std::filesystem::path& part : std::filesystem::canonical(folder)) {
    entered /= part;
    struct stat status {};
    Check(::stat(entered.c_str(), &status), "stat " + entered.string());
    if ((status.st_mode & S_IXOTH) == 0) {
      throw Error("state_dir: runs, which are users of their own here, cannot enter " + entered.string() +
                  ": chmod o+x " + entered.string() + ", or set state_dir to another folder");
    }
  }
}

StateDir::StateDir(const std::string& configured) {
  const std::string base = StateBase(configured);
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
  MakeEntered(path);
  return path;
}

std::string StateDir::AddTrash() const {
  std::string path = path_ + "/trash-" + RandomHex(12);
  Check(::mkdir(path.c_str(), 0700), "mkdir " + path);
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
  try {
    GiveScratch(path, uid, gid);
  } catch (const Error&) {
    ::rmdir(path.c_str());
    throw;
  }
}

void GiveScratch(const std::string& path, std::uint32_t uid, std::uint32_t gid) {
  Check(::chown(path.c_str(), uid, gid), "give a run its directory in state_dir");
}

void MakeScratch(const std::string& path) {
  Check(::mkdir(path.c_str(), 0700), "make the directory of a run in state_dir");
}

void MakePackagesFolder(const std::string& path, const std::string& packages) {
  MakeEntered(path);
  const std::string link = path + "/node_modules";
  Check(::symlink((packages + "/node_modules").c_str(), link.c_str()), "symlink " + link);
}

bool OpenScratch(const std::string& path) { return ::chmod(path.c_str(), 0700) == 0; }

}  // namespace sandgate

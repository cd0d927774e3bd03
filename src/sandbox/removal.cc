// SPDX-License-Identifier: Apache-2.0
#include "sandbox/removal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace sandgate {

namespace {

// Who shares the owner's uid could close again what we open: not for ever.
constexpr int kAttempts = 3;
constexpr int kDirectory = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// Never through a link, which fchmodat(2) would follow.
bool OpenUp(int parent, const char* name) {
  const Fd fd(::openat(parent, name, O_PATH | kDirectory));
  return fd && ::chmod(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), 0700) == 0;
}

Fd OpenDirectory(int parent, const char* name) {
  Fd fd;
  for (int attempt = 0; attempt < kAttempts && !fd; ++attempt) {
    fd = Fd(::openat(parent, name, O_RDONLY | kDirectory));
    if (fd || errno != EACCES) break;
    if (!OpenUp(parent, name)) {
      errno = EACCES;
      break;
    }
  }
  return fd;
}

bool IsDirectory(int parent, const char* name) {
  struct stat status {};
  return ::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

// Moves a directory, which writes to both parents and to its own "..". Zero, or the errno.
int MoveUp(int parent, const char* name, int top, const std::string& fresh) {
  for (int attempt = 0;; ++attempt) {
    if (::renameat(parent, name, top, fresh.c_str()) == 0) return 0;
    if (errno != EACCES || attempt == kAttempts) return errno;
    ::fchmod(parent, 0700);
    ::fchmod(top, 0700);
    OpenUp(parent, name);
  }
}

}  // namespace

Removal::Removal(std::string path) : path_(std::move(path)), prefix_("removed-" + RandomHex(8) + "-") {}

bool Removal::Go(Clock::time_point until) {
  if (!top_ && !OpenTop()) return true;
  do {
    if (Step()) return true;
  } while (Clock::now() < until);
  return false;
}

// False when it does not exist.
bool Removal::OpenTop() {
  Fd fd = OpenDirectory(AT_FDCWD, path_.c_str());
  if (!fd && errno == ENOENT) return false;
  Check(fd.get(), "open directory " + path_);
  top_.reset(::fdopendir(fd.get()));
  if (!top_) ThrowErrno("read directory " + path_);
  (void)fd.release();
  return true;
}

// One entry, or what comes when there is none. True when nothing is left.
bool Removal::Step() {
  if (inner_) {
    if (const dirent* entry = ::readdir(inner_.get())) {
      RemoveFromInner(*entry);
    } else {
      inner_.reset();
      if (const int error = Remove(top_.get(), inner_name_.c_str(), DT_DIR)) Fail(inner_name_, error);
    }
    return false;
  }
  if (const dirent* entry = ::readdir(top_.get())) {
    RemoveFromTop(entry->d_name, entry->d_type);
    return false;
  }
  if (first_ == next_) return EndPass();
  RemoveFromTop(Numbered(first_++), DT_DIR);
  return false;
}

bool Removal::EndPass() {
  if (::rmdir(path_.c_str()) == 0 || errno == ENOENT) {
    top_.reset();
    return true;
  }
  Fail(path_, errno);
  if (!std::exchange(progress_, false)) {
    top_.reset();
    throw Error(std::exchange(failure_, {}));
  }
  failure_.clear();
  ::rewinddir(top_.get());
  return false;
}

// Zero, or the errno: ENOTEMPTY of a directory that is still to be emptied.
int Removal::Remove(DIR* directory, const char* name, unsigned char type) {
  const int parent = ::dirfd(directory);
  int flags = type == DT_DIR ? AT_REMOVEDIR : 0;
  for (int attempt = 0;; ++attempt) {
    if (::unlinkat(parent, name, flags) == 0) {
      progress_ = true;
      return 0;
    }
    const int error = errno == EEXIST ? ENOTEMPTY : errno;
    if (error == ENOENT) return 0;
    if (attempt == kAttempts) return error;
    if (error == EACCES) {
      ::fchmod(parent, 0700);
    } else if (flags == 0 && IsDirectory(parent, name)) {  // its type was not told
      flags = AT_REMOVEDIR;
    } else {
      return error;
    }
  }
}

void Removal::RemoveFromTop(const std::string& name, unsigned char type) {
  if (name == "." || name == "..") return;
  const int error = Remove(top_.get(), name.c_str(), type);
  if (error == 0) return;
  if (error != ENOTEMPTY) return Fail(name, error);
  Fd fd = OpenDirectory(::dirfd(top_.get()), name.c_str());
  if (!fd) return Fail(name, errno);
  inner_.reset(::fdopendir(fd.get()));
  if (!inner_) return Fail(name, errno);
  (void)fd.release();
  inner_name_ = name;
}

void Removal::RemoveFromInner(const dirent& entry) {
  const std::string_view name = entry.d_name;
  if (name == "." || name == "..") return;
  int error = Remove(inner_.get(), entry.d_name, entry.d_type);
  if (error == ENOTEMPTY) {
    error = MoveUp(::dirfd(inner_.get()), entry.d_name, ::dirfd(top_.get()), Numbered(next_));
    if (error == 0) ++next_;
    if (error == 0) progress_ = true;
  }
  if (error != 0) Fail(entry.d_name, error);
}

void Removal::Fail(const std::string& what, int error) {
  if (failure_.empty()) failure_ = "remove " + what + ": " + ErrnoText(error);
}

std::string Removal::Numbered(std::uint64_t number) const { return prefix_ + std::to_string(number); }

void RemoveTree(const std::string& path) {
  Removal removal(path);
  while (!removal.Go(Removal::Clock::time_point::max())) {
  }
}

bool MoveDirectory(const std::string& from, const std::string& to) {
  errno = MoveUp(AT_FDCWD, from.c_str(), AT_FDCWD, to);
  return errno == 0;
}

}  // namespace sandgate

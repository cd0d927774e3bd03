// SPDX-License-Identifier: Apache-2.0
#include "sandbox/scratch_use.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/fd.h"

namespace sandgate {

namespace {

constexpr int kDirectory = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::uint64_t kBlock = 512;  // of st_blocks
constexpr std::size_t kMaxDepth = 4096;
constexpr std::size_t kMaxOpen = 32;  // and the first one
constexpr mode_t kToRead = 0500;

// True where a run has changed the tree meanwhile.
bool IsGone(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

// A folder that can be read. One that its owner had closed to himself is closed again at the end.
class Opened {
 public:
  Opened() = default;
  Opened(Opened&& other) noexcept : fd_(std::move(other.fd_)), mode_(std::exchange(other.mode_, {})) {}
  Opened& operator=(Opened&& other) noexcept {
    Close();
    fd_ = std::move(other.fd_);
    mode_ = std::exchange(other.mode_, {});
    return *this;
  }
  ~Opened() { Close(); }

  // False where it is gone. Throws Error where it cannot be opened.
  bool Open(int parent, const char* name) {
    Close();
    const Fd place(::openat(parent, name, O_PATH | kDirectory));
    struct stat status {};
    if (!place && IsGone(errno)) return false;
    Check(::fstat(place.get(), &status), "look into the scratch directory");
    const std::string link = "/proc/self/fd/" + std::to_string(place.get());
    const mode_t mode = status.st_mode & 07777;
    // Where modes do not bind us nothing is changed.
    const bool closed = (mode & kToRead) != kToRead && ::access(link.c_str(), R_OK | X_OK) != 0;
    if (closed && ::chmod(link.c_str(), mode | kToRead) == 0) mode_ = mode;
    fd_ = Fd(::open(link.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    Check(fd_.get(), "read the scratch directory");
    return true;
  }
  void Close() {
    if (fd_ && mode_) ::fchmod(fd_.get(), *mode_);
    mode_.reset();
    fd_.reset();
  }
  int get() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }

 private:
  Fd fd_;
  std::optional<mode_t> mode_;  // to be given back
};

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using Stream = std::unique_ptr<DIR, CloseDir>;

// A folder that is being measured: its own entries are counted, `folders` are still to be entered.
struct Level {
  std::string name;
  Opened directory;  // closed where many deeper ones are open
  std::vector<std::string> folders;
};

class Walk {
 public:
  explicit Walk(const ScratchUse& most) : most_(most) {}

  ScratchUse Measure(const std::string& path) {
    if (Enter(AT_FDCWD, path)) {
      while (!levels_.empty() && !IsOver()) Step();
    }
    return use_;
  }

 private:
  bool IsOver() const { return use_.bytes > most_.bytes || use_.files > most_.files || use_.too_deep; }

  void Step() {
    Level& level = levels_.back();
    if (level.folders.empty() || !Reopen()) {
      levels_.pop_back();
      return;
    }
    const std::string name = std::move(level.folders.back());
    level.folders.pop_back();
    use_.too_deep = levels_.size() >= kMaxDepth;
    Enter(level.directory.get(), name);
  }

  // Opens a folder and counts what is in it. False where it is gone.
  bool Enter(int parent, const std::string& name) {
    Level level;
    level.name = name;
    if (!level.directory.Open(parent, name.c_str())) return false;
    Count(level);
    levels_.push_back(std::move(level));
    if (levels_.size() > kMaxOpen + 1) levels_[levels_.size() - kMaxOpen - 1].directory.Close();
    return true;
  }

  void Count(Level& level) {
    Fd copy(::openat(level.directory.get(), ".", O_RDONLY | kDirectory));
    Check(copy.get(), "read the scratch directory");
    const Stream stream(::fdopendir(copy.get()));
    if (!stream) ThrowErrno("read the scratch directory");
    (void)copy.release();
    while (const dirent* entry = ::readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat status {};
      if (::fstatat(level.directory.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;  // gone
        ThrowErrno("look into the scratch directory");
      }
      const bool folder = S_ISDIR(status.st_mode);
      // Of a file with several names each gets its part.
      const auto names = folder || status.st_nlink == 0 ? 1 : static_cast<std::uint64_t>(status.st_nlink);
      ++use_.files;
      use_.bytes += static_cast<std::uint64_t>(status.st_blocks) * kBlock / names;
      if (folder) level.folders.emplace_back(name);
      if (IsOver()) return;
    }
  }

  // Opens the last level again, and those above it that may be open. False where one is gone.
  bool Reopen() {
    std::size_t open = levels_.size() - 1;
    while (!levels_[open].directory) --open;  // the first one always is
    for (std::size_t next = open + 1; next < levels_.size(); ++next) {
      if (!levels_[next].directory.Open(levels_[next - 1].directory.get(), levels_[next].name.c_str())) {
        return false;
      }
      if (next - 1 > 0 && next + kMaxOpen < levels_.size()) levels_[next - 1].directory.Close();
    }
    return true;
  }

  ScratchUse most_;
  ScratchUse use_;
  std::vector<Level> levels_;
};

}  // namespace

ScratchUse MeasureScratch(const std::string& path, const ScratchUse& most) {
  return Walk(most).Measure(path);
}

}  // namespace sandgate

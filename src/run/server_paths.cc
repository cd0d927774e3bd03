// SPDX-License-Identifier: Apache-2.0
// Walks from the root, so that no entry of a folder closed to everybody is ever asked for.
#include "run/server_paths.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <system_error>

namespace sandgate {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxLinks = 8;

std::optional<mode_t> ModeOf(const fs::path& path) {
  struct statx seen {};
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  if (::statx(AT_FDCWD, path.c_str(), flags, STATX_TYPE | STATX_MODE, &seen) != 0) return std::nullopt;
  return seen.stx_mode;
}

bool IsOpenTo(mode_t mode, mode_t others) { return (mode & others) == others; }

PathState StateOf(mode_t mode) {
  if (S_ISDIR(mode)) return IsOpenTo(mode, S_IROTH | S_IXOTH) ? PathState::kReadable : PathState::kUnreadable;
  if (S_ISREG(mode) && IsOpenTo(mode, S_IROTH)) return PathState::kReadable;
  return PathState::kUnreadable;
}

PathState Walk(const fs::path& path, int links) {
  fs::path here = "/";
  mode_t mode = S_IFDIR | S_IRWXO;
  const fs::path relative = path.lexically_normal().relative_path();
  for (auto part = relative.begin(); part != relative.end(); ++part) {
    if (part->empty() || *part == ".") continue;
    if (!S_ISDIR(mode)) return PathState::kMissing;
    if (!IsOpenTo(mode, S_IXOTH)) return PathState::kHidden;
    const std::optional<mode_t> found = ModeOf(here / *part);
    if (!found) return PathState::kMissing;
    if (S_ISLNK(*found)) {
      std::error_code error;
      fs::path target = here / fs::read_symlink(here / *part, error);
      if (error || links == 0) return PathState::kMissing;
      for (++part; part != relative.end(); ++part) target /= *part;
      return Walk(target, links - 1);
    }
    here /= *part;
    mode = *found;
  }
  return StateOf(mode);
}

}  // namespace

PathState LookAt(const std::string& path) { return Walk(path, kMaxLinks); }

}  // namespace sandgate

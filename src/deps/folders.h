// SPDX-License-Identifier: Apache-2.0
// The folders of built environments, all in one: each under an id that is never used twice, from its first
// file to its end at the same place, as paths in it say where it is. ID.json beside it, written last, makes
// it whole. Whoever uses a folder holds its lock (flock(2)), so that servers that share a state directory
// take none from one another. Locks are files in a folder beside, which no run sees: a run can lock whatever
// it may read. Server and command line.
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "run/environments.h"

namespace sandgate {

using Packages = std::vector<std::pair<std::string, std::string>>;  // name, version; sorted by name

struct Manifest {
  std::string id;
  EnvironmentKey key;
  std::string fingerprint;  // of all that went into it
  std::string interpreter;  // path of the one that it was made with, and its version
  std::string version;
  std::string built_at;  // UTC, "2026-01-31T12:00:00Z"
  Packages packages;
};

// Whether `path` is `folder` or lies in it, by their parts; both absolute and normal.
bool IsIn(const std::filesystem::path& path, const std::filesystem::path& folder);

std::string ManifestText(const Manifest& manifest);
// Nothing where it is not one.
std::optional<Manifest> ParseManifest(const std::string& text);

// The folder for all, mode 0755, in `base`; makes it, and that for locks. Throws Error.
std::string MakeEnvironmentsFolder(const std::string& base);

class EnvironmentFolderSet {
 public:
  using Clock = std::chrono::steady_clock;

  explicit EnvironmentFolderSet(std::string folder) : folder_(std::move(folder)) {}

  std::string PathOf(const std::string& id) const { return folder_ + "/" + id; }
  // The whole ones, the latest first.
  std::vector<Manifest> Whole() const;
  // Removes what is not whole and nobody builds.
  void RemoveBroken() const;
  // Removals of this set and its copies, on whatever thread, end at `end` at the latest, and what is left is
  // broken: removing what fills a disk can take minutes, and whoever stops the server does not wait for them.
  void EndRemovals(Clock::time_point end) const { *end_of_removals_ = end; }

  // An empty folder, mode 0700, with the lock of its builder. Throws Error.
  std::pair<std::string, Fd> New(Language language, const std::string& fingerprint) const;
  // Makes it whole. Throws Error.
  void Finish(const Manifest& manifest) const;
  // The lock of a user; empty where the folder is gone or being removed.
  Fd Use(const std::string& id) const;
  // False where somebody uses it, or a part is not removed.
  bool Remove(const std::string& id) const;
  // The same for a folder in one that the caller builds; `path` is absolute.
  bool RemovePart(const std::string& path) const;

 private:
  std::string ManifestPath(const std::string& id) const { return PathOf(id) + ".json"; }
  std::string LocksFolder() const;
  Fd Lock(const std::string& id, int how) const;

  std::string folder_;
  std::shared_ptr<std::atomic<Clock::time_point>> end_of_removals_ =
      std::make_shared<std::atomic<Clock::time_point>>(Clock::time_point::max());
};

// After a stranger has written there: everything below becomes this user's (where it may give files away) and
// nobody else's to write, without set-user-id bits. Throws Error where something is neither file, folder nor
// link, belongs to somebody else than `uid`, has another name (hard link) out of the folder, or is a link
// that leads out of it, except to `interpreter`, a canonical path. No process that writes there may live.
// `seen` is the folder's path for those who follow links.
void Seal(const std::string& folder, const std::string& seen, std::uint32_t uid,
          const std::string& interpreter);

}  // namespace sandgate

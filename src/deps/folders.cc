// SPDX-License-Identifier: Apache-2.0
#include "deps/folders.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"
#include "sandbox/removal.h"

namespace sandgate {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::string_view kManifestEnd = ".json";
constexpr std::string_view kLocksEnd = "-locks";  // of the name of the folder for locks
constexpr std::size_t kFingerprintShown = 12;
constexpr int kAttempts = 3;
constexpr auto kLook = std::chrono::milliseconds(50);  // how often a removal looks whether it is to end
constexpr int kMaxDepth = 100;                         // a walk has a descriptor for each level

std::string TextOf(const json::object& object, const char* name) {
  return std::string(object.at(name).as_string());
}

void MakeOwnFolder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) ThrowErrno("mkdir " + folder);
  struct stat status {};
  Check(::lstat(folder.c_str(), &status), "stat " + folder);
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) {
    throw Error(folder + " is not a directory of this user");
  }
  Check(::chmod(folder.c_str(), 0755), "chmod " + folder);
}

void WriteDurably(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  const Fd file(
      Check(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), "create " + draft));
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t n = ::write(file.get(), rest.data(), rest.size());
    if (n < 0 && errno != EINTR) ThrowErrno("write " + draft);
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
  Check(::fchmod(file.get(), 0644), "chmod " + draft);
  Check(::fsync(file.get()), "fsync " + draft);
  Check(::rename(draft.c_str(), path.c_str()), "rename " + draft);
}

// "d/../x", where d may be a link: it leads elsewhere than it reads.
bool GoesUpAgain(const fs::path& target) {
  bool went_down = false;
  for (const fs::path& part : target.relative_path()) {
    if (part == ".." && went_down) return true;
    if (part != ".." && part != "." && !part.empty()) went_down = true;
  }
  return false;
}

void RequireThatLinkStays(const fs::path& link, const fs::path& folder, const fs::path& seen,
                          const std::string& interpreter) {
  const fs::path target = fs::read_symlink(link);
  const fs::path place = seen / link.lexically_relative(folder);
  const fs::path end = (place.parent_path() / target).lexically_normal();
  std::error_code ignored;
  if ((IsIn(end, seen) && !GoesUpAgain(target)) || fs::canonical(end, ignored) == interpreter) return;
  throw Error(fmt::format("{} is a link to {}, out of the environment", place.string(), target.string()));
}

}  // namespace

bool IsIn(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

std::string ManifestText(const Manifest& manifest) {
  json::object packages;
  for (const auto& [name, version] : manifest.packages) packages[name] = version;
  return json::serialize(json::object{{"id", manifest.id},
                                      {"language", LanguageName(manifest.key.language)},
                                      {"name", manifest.key.name},
                                      {"fingerprint", manifest.fingerprint},
                                      {"interpreter", manifest.interpreter},
                                      {"version", manifest.version},
                                      {"built_at", manifest.built_at},
                                      {"packages", std::move(packages)}}) +
         "\n";
}

std::optional<Manifest> ParseManifest(const std::string& text) {
  try {
    const json::value parsed = json::parse(text);
    const json::object& object = parsed.as_object();
    Manifest manifest;
    const auto language = LanguageNamed(TextOf(object, "language"));
    if (!language) return std::nullopt;
    manifest.key = {*language, TextOf(object, "name")};
    manifest.id = TextOf(object, "id");
    manifest.fingerprint = TextOf(object, "fingerprint");
    manifest.interpreter = TextOf(object, "interpreter");
    manifest.version = TextOf(object, "version");
    manifest.built_at = TextOf(object, "built_at");
    for (const auto& [name, version] : object.at("packages").as_object()) {
      manifest.packages.emplace_back(name, version.as_string());
    }
    return manifest;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string MakeEnvironmentsFolder(const std::string& base) {
  std::string folder = base + "/environments";
  MakeOwnFolder(folder);
  MakeOwnFolder(folder + std::string(kLocksEnd));
  return folder;
}

std::string EnvironmentFolderSet::LocksFolder() const { return folder_ + std::string(kLocksEnd); }

// Empty where it is held otherwise, or goes with its folder.
Fd EnvironmentFolderSet::Lock(const std::string& id, int how) const {
  const std::string path = LocksFolder() + "/" + id;
  Fd lock(::open(path.c_str(), O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
  struct stat status {};
  const bool held = lock && ::flock(lock.get(), how | LOCK_NB) == 0 && ::fstat(lock.get(), &status) == 0 &&
                    status.st_nlink > 0;
  if (!held) lock.reset();
  return lock;
}

std::vector<Manifest> EnvironmentFolderSet::Whole() const {
  std::vector<Manifest> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (entry.path().extension() != kManifestEnd) continue;
    const auto text = sys::ReadFile(entry.path().string());
    auto manifest = text ? ParseManifest(*text) : std::nullopt;
    const bool here = manifest && entry.path().stem() == manifest->id;
    if (here && fs::is_directory(PathOf(manifest->id), error)) all.push_back(std::move(*manifest));
  }
  std::ranges::sort(all, std::greater<>(),
                    [](const Manifest& one) { return std::pair(one.built_at, one.id); });
  return all;
}

void EnvironmentFolderSet::RemoveBroken() const {
  std::set<std::string> whole;
  for (const Manifest& manifest : Whole()) whole.insert(manifest.id);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (whole.contains(name) || whole.contains(entry.path().stem().string())) continue;
    if (entry.is_directory(error)) {
      Remove(name);
    } else {
      ::unlink(entry.path().c_str());
    }
  }
  for (const auto& entry : fs::directory_iterator(LocksFolder(), error)) {
    const std::string id = entry.path().filename().string();
    if (!fs::is_directory(PathOf(id), error)) Remove(id);
  }
}

std::pair<std::string, Fd> EnvironmentFolderSet::New(Language language,
                                                     const std::string& fingerprint) const {
  // Again where another server takes the new lock for one that was left behind.
  for (int attempt = 1;; ++attempt) {
    std::string id = fmt::format("{}-{}-{}", LanguageName(language), fingerprint.substr(0, kFingerprintShown),
                                 RandomHex(3));
    const std::string path = PathOf(id);
    Fd lock = Lock(id, LOCK_EX);
    if (!lock && attempt == kAttempts) ThrowErrno("lock " + path);
    if (!lock) continue;
    Check(::mkdir(path.c_str(), 0700), "mkdir " + path);
    return {std::move(id), std::move(lock)};
  }
}

void EnvironmentFolderSet::Finish(const Manifest& manifest) const {
  WriteDurably(ManifestPath(manifest.id), ManifestText(manifest));
}

Fd EnvironmentFolderSet::Use(const std::string& id) const {
  Fd lock = Lock(id, LOCK_SH);
  std::error_code ignored;
  if (!fs::is_directory(PathOf(id), ignored)) lock.reset();
  return lock;
}

// The manifest first: what is left after a fault is removed as broken.
bool EnvironmentFolderSet::Remove(const std::string& id) const {
  const Fd lock = Lock(id, LOCK_EX);
  if (!lock) return false;
  ::unlink(ManifestPath(id).c_str());
  if (!RemovePart(PathOf(id))) return false;
  ::unlink((LocksFolder() + "/" + id).c_str());
  return true;
}

bool EnvironmentFolderSet::RemovePart(const std::string& path) const {
  try {
    Removal removal(path);
    while (!removal.Go(std::min<Clock::time_point>(Clock::now() + kLook, *end_of_removals_))) {
      if (Clock::now() >= end_of_removals_->load()) return false;
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

namespace {

class Sealer {
 public:
  Sealer(const std::string& folder, const std::string& seen, std::uint32_t uid,
         const std::string& interpreter)
      : folder_(folder), seen_(seen), uid_(uid), interpreter_(interpreter) {}

  void SealAll() {
    SealOne(folder_);
    for (fs::recursive_directory_iterator next(folder_), end; next != end; ++next) {
      if (next.depth() == kMaxDepth) throw Error(next->path().string() + ": too deep");
      SealOne(next->path());
    }
    SealLinked();
  }

 private:
  // A file with several names, and those that were found.
  struct Linked {
    struct stat status {};
    std::vector<fs::path> names;
  };

  void SealOne(const fs::path& path) {
    struct stat status {};
    Check(::lstat(path.c_str(), &status), "stat " + path.string());
    if (status.st_uid != uid_ && status.st_uid != ::geteuid()) {
      throw Error(path.string() + " belongs to somebody else");
    }
    if (S_ISREG(status.st_mode) && status.st_nlink > 1) {
      Linked& linked = linked_[{status.st_dev, status.st_ino}];
      linked.status = status;
      linked.names.push_back(path);
    } else if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode)) {
      Take(path, status);
    } else {
      throw Error(path.string() + " is neither a file nor a folder");
    }
  }

  // What has a name elsewhere may be somebody's whose rights are not to change.
  void SealLinked() {
    for (const auto& [id, linked] : linked_) {
      if (linked.names.size() != linked.status.st_nlink) {
        throw Error(linked.names.front().string() + " has another name out of the environment");
      }
      Take(linked.names.front(), linked.status);
    }
  }

  void Take(const fs::path& path, const struct stat& status) {
    if (::geteuid() == 0) Check(::lchown(path.c_str(), 0, 0), "chown " + path.string());
    if (S_ISLNK(status.st_mode)) return RequireThatLinkStays(path, folder_, seen_, interpreter_);
    const mode_t all_read = S_ISDIR(status.st_mode) || (status.st_mode & S_IXUSR) != 0 ? 0755 : 0644;
    Check(::chmod(path.c_str(), all_read), "chmod " + path.string());
  }

  const std::string& folder_;
  const std::string& seen_;
  std::uint32_t uid_;
  const std::string& interpreter_;
  std::map<std::pair<dev_t, ino_t>, Linked> linked_;
};

}  // namespace

void Seal(const std::string& folder, const std::string& seen, std::uint32_t uid,
          const std::string& interpreter) {
  try {
    Sealer(folder, seen, uid, interpreter).SealAll();
  } catch (const fs::filesystem_error& error) {
    throw Error(std::string("seal the environment: ") + error.what(), error.code().value());
  }
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "sandbox/view.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "base/sys.h"
#include "config/paths.h"
#include "jail/landlock_abi.h"

namespace sandgate {

namespace fs = std::filesystem;

namespace {

// Whole folders; a symbolic link (/bin -> usr/bin) is kept as one.
constexpr const char* kSystemPaths[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

// Of /etc only what libraries look up; passwords, keys and the machine's identity are not among it.
constexpr const char* kEtcPaths[] = {
    "/etc/ld.so.cache",     "/etc/ld.so.conf",      "/etc/ld.so.conf.d",  "/etc/alternatives",
    "/etc/ssl/certs",       "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
    "/etc/nsswitch.conf",   "/etc/hosts",           "/etc/host.conf",     "/etc/resolv.conf",
    "/etc/gai.conf",        "/etc/services",        "/etc/protocols",     "/etc/localtime",
    "/etc/timezone",        "/etc/mime.types",      "/etc/fonts",         "/etc/magic",
    "/etc/python3",         "/etc/python3.11",      "/etc/matplotlibrc",  "/var/cache/fontconfig",
    "/etc/ca-certificates", "/etc/papersize",       "/etc/openssl",
};

// What programs ask of themselves: their memory, the libraries they have loaded. Not `status`, which counts
// what all processes of the user have, those of other runs where these share one.
constexpr const char* kOwnProcess[] = {"/proc/self/maps", "/proc/self/stat", "/proc/self/statm"};

constexpr const char* kDevices[] = {"null", "zero", "full", "random", "urandom"};
constexpr unsigned kDeviceMinors[] = {3, 5, 7, 8, 9};  // of major 1 (Documentation/admin-guide/devices.txt)

bool IsBelow(const std::string& path, const std::string& folder) {
  return path != folder && IsWithin(path, folder);
}

void AddPath(std::vector<std::string>& paths, const std::string& path) {
  std::error_code ignored;
  if (path.empty() || path[0] != '/' || path == "/" || !fs::exists(path, ignored)) return;
  paths.push_back(fs::path(path).lexically_normal().string());
  if (paths.back().ends_with('/')) paths.back().pop_back();
}

bool IsLink(const std::string& path) {
  std::error_code ignored;
  return fs::is_symlink(fs::symlink_status(path, ignored)) && fs::is_directory(path, ignored);
}

void CopyOrLink(const fs::path& source, const fs::path& target) {
  std::error_code error;
  fs::create_hard_link(source, target, error);
  if (error) fs::copy_file(source, target, fs::copy_options::overwrite_existing);
}

void LinkEntry(const fs::directory_entry& entry, const fs::path& target) {
  if (entry.is_symlink()) {
    fs::copy_symlink(entry.path(), target);
  } else if (entry.is_directory()) {
    fs::create_directories(target);
  } else if (entry.is_regular_file()) {
    CopyOrLink(entry.path(), target);
  }
}

void LinkPath(const fs::path& root, const fs::path& path) {
  const fs::path target = root / path.relative_path();
  fs::create_directories(target.parent_path());
  if (IsLink(path.string())) {
    fs::copy_symlink(path, target);
    return;
  }
  if (!fs::is_directory(path)) {
    CopyOrLink(fs::canonical(path), target);
    return;
  }
  fs::create_directories(target);
  const auto options = fs::directory_options::skip_permission_denied;
  for (const auto& entry : fs::recursive_directory_iterator(path, options)) {
    LinkEntry(entry, root / entry.path().relative_path());
  }
}

void MakeDevices(const fs::path& root) {
  fs::create_directories(root / "dev");
  for (std::size_t i = 0; i < std::size(kDevices); ++i) {
    const std::string path = root / "dev" / kDevices[i];
    Check(::mknod(path.c_str(), S_IFCHR | 0666, makedev(1, kDeviceMinors[i])), "mknod " + path);
    Check(::chmod(path.c_str(), 0666), "chmod " + path);
  }
}

}  // namespace

namespace {

void AddDataFolders(std::vector<std::string>& paths, const std::string& dependencies) {
  constexpr std::string_view kForInstallers[] = {"wheels", "npm-cache", "node_modules"};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dependencies, error)) {
    const std::string name = entry.path().filename().string();
    const bool hidden =
        name.starts_with('.') || std::ranges::find(kForInstallers, name) != std::end(kForInstallers);
    if (!hidden && entry.is_directory(error) && !entry.is_symlink(error))
      AddPath(paths, entry.path().string());
  }
}

}  // namespace

std::vector<std::string> ReadOnlyPaths(const Config& config, const std::vector<Interpreter>& interpreters) {
  std::vector<std::string> all;
  for (const char* path : kSystemPaths) AddPath(all, path);
  for (const char* path : kEtcPaths) AddPath(all, path);
  for (const std::string& path : config.read_only_paths) AddPath(all, path);
  for (const std::string& path : config.python_lib_path) AddPath(all, path);
  AddDataFolders(all, config.dependencies_folder);
  for (const std::string& path : config.system_lib_requirements) AddPath(all, path);
  for (const Interpreter& interpreter : interpreters) {
    AddPath(all, interpreter.path);
    AddPath(all, interpreter.packages);
    for (const std::string& path : interpreter.roots) AddPath(all, path);
  }
  std::sort(all.begin(), all.end());
  std::vector<std::string> paths;
  for (std::string& path : all) {
    const bool covered = std::any_of(paths.begin(), paths.end(), [&](const std::string& folder) {
      return path == folder || (IsBelow(path, folder) && !IsLink(folder));
    });
    // A folder reached through a top-level link (/lib/x, /bin/y) is in the tree by the link's target.
    const bool linked = std::any_of(std::begin(kSystemPaths), std::end(kSystemPaths),
                                    [&](const char* top) { return IsBelow(path, top) && IsLink(top); });
    if (!covered && !linked) paths.push_back(std::move(path));
  }
  return paths;
}

TreeSpec MakeTree(const Isolation& isolation, const std::vector<std::string>& paths,
                  std::vector<TreeSpec::File> support_files) {
  TreeSpec tree;
  tree.mount_namespace = isolation.namespaces;
  tree.user_namespace = isolation.user_namespace;
  tree.proc_below = isolation.user_namespace && isolation.proc;
  if (isolation.user_namespace && !isolation.map_all_ids) {
    // Not 0 inside: a program of uid 0 would be given capabilities by execve (capabilities(7)).
    tree.own_uid_map = fmt::format("{} {} 1", kMappedId, ::geteuid());
    tree.own_gid_map = fmt::format("{} {} 1", kMappedId, ::getegid());
  }
  for (const std::string& path : paths) {
    if (IsLink(path) &&
        std::find(std::begin(kSystemPaths), std::end(kSystemPaths), path) != std::end(kSystemPaths)) {
      tree.links.push_back({fs::read_symlink(path).string(), path});
    } else {
      tree.mounts.push_back({path, path});
    }
  }
  tree.links.push_back({"/proc/self/fd", "/dev/fd"});
  tree.links.push_back({"/proc/self/fd/0", "/dev/stdin"});
  tree.links.push_back({"/proc/self/fd/1", "/dev/stdout"});
  tree.links.push_back({"/proc/self/fd/2", "/dev/stderr"});
  tree.links.push_back({"/tmp", "/dev/shm"});  // shm_open(3) and sem_open(3) find the run's own memory
  tree.links.push_back({"/tmp", "/var/tmp"});
  tree.files = std::move(support_files);
  return tree;
}

void LinkTree(const std::string& root, const std::vector<std::string>& paths,
              const std::vector<TreeSpec::File>& support_files) {
  try {
    for (const std::string& path : paths) LinkPath(root, path);
    fs::create_directories(root + "/tmp");
    for (const TreeSpec::File& file : support_files) {
      fs::create_directories(fs::path(root + file.path).parent_path());
      sys::WriteFile(root + file.path, file.contents);
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(std::string("link the root tree: ") + error.what(), error.code().value());
  }
  MakeDevices(root);
}

std::vector<PathAccess> LandlockPaths(const Isolation& isolation, const std::vector<std::string>& paths,
                                      const std::string& scratch) {
  using namespace landlock;
  constexpr std::uint64_t kRead = kExecute | kReadFile | kReadDir;
  constexpr std::uint64_t kOwn = kRead | kWriteFile | kRemoveDir | kRemoveFile | kMakeDir | kMakeReg |
                                 kMakeSock | kMakeFifo | kMakeSym | kRefer | kTruncate;
  std::vector<PathAccess> rules;
  if (isolation.namespaces) {
    rules.push_back({"/", kRead});
  } else {
    for (const std::string& path : paths) rules.push_back({path, kRead});
    for (const char* own : kOwnProcess) rules.push_back({own, kReadFile});
  }
  for (const char* device : kDevices) {
    rules.push_back({std::string("/dev/") + device, kReadFile | kWriteFile | kTruncate});
  }
  rules.push_back({scratch, kOwn});
  return rules;
}

}  // namespace sandgate

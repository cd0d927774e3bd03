// SPDX-License-Identifier: Apache-2.0
#include "jail/tree.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/wire.h"
#include "jail/plan.h"

// <sys/mount.h> and <linux/mount.h> of Debian 12 declare the same names: the classic call by hand.
extern "C" int mount(const char*, const char*, const char*, unsigned long, const void*) noexcept;
extern "C" int umount2(const char*, int) noexcept;

namespace sandgate {

namespace {

constexpr unsigned long kPrivate = 1UL << 18;    // MS_PRIVATE
constexpr unsigned long kRecursive = 1UL << 14;  // MS_REC
constexpr unsigned long kProcFlags = 2 | 4 | 8;  // MS_NOSUID, MS_NODEV, MS_NOEXEC
constexpr unsigned long kTmpFlags = 2 | 4;       // MS_NOSUID, MS_NODEV
constexpr int kDetach = 2;                       // MNT_DETACH
constexpr std::size_t kMaxEntries = 4096;
constexpr const char* kDevices[] = {"null", "zero", "full", "random", "urandom"};

// A detached copy of a part of the host's tree (open_tree(2), 5.2).
struct DetachedMount {
  Fd tree;
  std::string target;  // relative to the new root
  bool directory = false;
  std::uint64_t attributes = 0;
};

std::string Relative(const std::string& absolute) {
  return absolute.empty() || absolute[0] != '/' ? absolute : absolute.substr(1);
}

std::optional<DetachedMount> Detach(const std::string& source, const std::string& target) {
  Fd tree(static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, source.c_str(),
                                     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
  if (!tree && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) return std::nullopt;
  if (!tree) ThrowErrno("open_tree " + source);
  struct stat status {};
  Check(::fstat(tree.get(), &status), "fstat " + source);
  return DetachedMount{std::move(tree), Relative(target), S_ISDIR(status.st_mode),
                       MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
}

void MakeParents(const std::string& relative) {
  for (std::size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', slash + 1)) {
    const std::string parent = relative.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) ThrowErrno("mkdir " + parent);
  }
}

void MakeDirectory(const std::string& relative, mode_t mode) {
  MakeParents(relative);
  if (::mkdir(relative.c_str(), mode) != 0 && errno != EEXIST) ThrowErrno("mkdir " + relative);
  Check(::chmod(relative.c_str(), mode), "chmod " + relative);
}

void Attach(const DetachedMount& mount) {
  struct stat status {};
  if (::stat(mount.target.c_str(), &status) != 0) {
    MakeParents(mount.target);
    if (mount.directory) {
      Check(::mkdir(mount.target.c_str(), 0755), "mkdir " + mount.target);
    } else {
      Fd(Check(::open(mount.target.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644), "create " + mount.target));
    }
  }
  Check(static_cast<int>(::syscall(SYS_move_mount, mount.tree.get(), "", AT_FDCWD, mount.target.c_str(),
                                   MOVE_MOUNT_F_EMPTY_PATH)),
        "move_mount " + mount.target);
  mount_attr attributes{};
  attributes.attr_set = mount.attributes;
  // mount_setattr(2), 5.12: the whole subtree at once.
  Check(static_cast<int>(::syscall(SYS_mount_setattr, AT_FDCWD, mount.target.c_str(), AT_RECURSIVE,
                                   &attributes, sizeof attributes)),
        "mount_setattr " + mount.target);
}

// Where the empty tmpfs is attached while it is filled; any directory will do.
void EnterEmptyRoot() {
  for (const char* place : {"/tmp", "/run", "/mnt", "/var"}) {
    if (::mount("sandgate", place, "tmpfs", 0, "mode=755,size=1m") == 0) {
      Check(::chdir(place), "chdir to the new root");
      return;
    }
  }
  ThrowErrno("mount a tmpfs for the root tree");
}

void WriteTreeFile(const TreeSpec::File& file) {
  const std::string path = Relative(file.path);
  MakeParents(path);
  sys::WriteFile(path, file.contents);
}

void MakeLink(const TreeSpec::Link& link) {
  const std::string path = Relative(link.path);
  MakeParents(path);
  if (::symlink(link.text.c_str(), path.c_str()) != 0 && errno != EEXIST) ThrowErrno("symlink " + path);
}

void SetReadOnly(const char* path) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  Check(static_cast<int>(::syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &attributes, sizeof attributes)),
        "make the root tree read-only");
}

std::vector<DetachedMount> DetachAll(const TreeSpec& spec) {
  std::vector<DetachedMount> mounts;
  for (const TreeSpec::Mount& wanted : spec.mounts) {
    auto mount = Detach(wanted.source, wanted.target);
    if (!mount) continue;
    if (wanted.writable) mount->attributes &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
    mounts.push_back(std::move(*mount));
  }
  for (const char* name : kDevices) {
    const std::string path = std::string("/dev/") + name;
    auto device = Detach(path, path);
    if (!device) throw Error("no " + path + " to show to runs");
    device->attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    mounts.push_back(std::move(*device));
  }
  return mounts;
}

std::array<TreeSpec::File, 2> AccountFiles(std::uint32_t first_uid, std::uint32_t count) {
  std::string passwd = "root:x:0:0:root:/root:/usr/sbin/nologin\n";
  std::string group = "root:x:0:\n";
  const auto add = [&](const std::string& id) {
    passwd += "sandbox:x:" + id + ":" + id + "::/tmp:/usr/sbin/nologin\n";
    group += "sandbox:x:" + id + ":\n";
  };
  for (std::uint32_t i = 0; i < count; ++i) add(std::to_string(first_uid + i));
  add(std::to_string(kMappedId));
  passwd += "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
  group += "nogroup:x:65534:\n";
  return {{{"/etc/passwd", std::move(passwd)}, {"/etc/group", std::move(group)}}};
}

// Where the operator shows the machine's own instead.
bool IsShown(const std::vector<DetachedMount>& mounts, const std::string& path) {
  const std::string relative = Relative(path);
  return std::ranges::any_of(mounts, [&](const DetachedMount& mount) {
    return relative == mount.target || relative.starts_with(mount.target + "/");
  });
}

void BuildTree(const TreeSpec& spec) {
  const std::vector<DetachedMount> mounts = DetachAll(spec);  // before the new root hides a source
  EnterEmptyRoot();
  MakeDirectory("proc", 0555);
  if (spec.proc_below)
    Check(::mount("proc", "proc", "proc", kProcFlags, nullptr), "mount the spawner's procfs");
  MakeDirectory("tmp", 0755);
  if (spec.writable_tmp)
    Check(::mount("tmpfs", "tmp", "tmpfs", kTmpFlags, "mode=700,size=16m"), "mount the spawner's /tmp");
  MakeDirectory("dev", 0755);
  for (const DetachedMount& mount : mounts) Attach(mount);
  if (spec.packages) {
    MakeDirectory(Relative(kPackagesMount), 0755);
    MakeLink({kPackagesLinkText, kPackagesLink});
  }
  for (const TreeSpec::Link& link : spec.links) MakeLink(link);
  for (const TreeSpec::File& file : spec.files) WriteTreeFile(file);
  for (const TreeSpec::File& file : AccountFiles(spec.first_uid, spec.uid_count)) {
    if (!IsShown(mounts, file.path)) WriteTreeFile(file);
  }
  SetReadOnly(".");
  // pivot_root(2): with "." twice the old root lies on top of the new one and is taken off at once.
  Check(static_cast<int>(::syscall(SYS_pivot_root, ".", ".")), "pivot_root");
  Check(::umount2(".", kDetach), "leave the old root");
  Check(::chdir("/"), "chdir /");
}

}  // namespace

std::string EncodeTree(const TreeSpec& spec) {
  WireWriter out;
  out.Word(spec.sweeper_uid);
  out.Word(spec.mount_namespace);
  out.Word(spec.user_namespace);
  out.Word(spec.proc_below);
  out.Word(spec.writable_tmp);
  out.Word(spec.packages);
  out.String(spec.own_uid_map);
  out.String(spec.own_gid_map);
  out.Word(spec.mounts.size());
  for (const TreeSpec::Mount& mount : spec.mounts) {
    out.String(mount.source);
    out.String(mount.target);
    out.Word(mount.writable);
  }
  out.Word(spec.links.size());
  for (const TreeSpec::Link& link : spec.links) {
    out.String(link.text);
    out.String(link.path);
  }
  out.Word(spec.files.size());
  for (const TreeSpec::File& file : spec.files) {
    out.String(file.path);
    out.String(file.contents);
  }
  out.Word(spec.first_uid);
  out.Word(spec.uid_count);
  return out.Take();
}

TreeSpec DecodeTree(std::span<char> packet) {
  WireReader in(packet);
  const auto string = [&in] {
    const char* text = in.String();
    return std::string(text != nullptr ? text : "");
  };
  TreeSpec spec;
  spec.sweeper_uid = static_cast<std::uint32_t>(in.Word());
  spec.mount_namespace = in.Word() != 0;
  spec.user_namespace = in.Word() != 0;
  spec.proc_below = in.Word() != 0;
  spec.writable_tmp = in.Word() != 0;
  spec.packages = in.Word() != 0;
  spec.own_uid_map = string();
  spec.own_gid_map = string();
  spec.mounts.resize(in.Count(kMaxEntries));
  for (TreeSpec::Mount& mount : spec.mounts) {
    mount.source = string();
    mount.target = string();
    mount.writable = in.Word() != 0;
  }
  spec.links.resize(in.Count(kMaxEntries));
  for (TreeSpec::Link& link : spec.links) {
    link.text = string();
    link.path = string();
  }
  spec.files.resize(in.Count(kMaxEntries));
  for (TreeSpec::File& file : spec.files) {
    file.path = string();
    file.contents = string();
  }
  spec.first_uid = static_cast<std::uint32_t>(in.Word());
  spec.uid_count = static_cast<std::uint32_t>(in.Word());
  if (!in.ok()) throw Error("spawner: malformed tree packet");
  return spec;
}

void EnterUserNamespace(const TreeSpec& spec, const std::function<void()>& map_ids) {
  if (!spec.user_namespace) return;
  Check(::unshare(CLONE_NEWUSER), "unshare a user namespace");
  if (spec.own_uid_map.empty()) {
    map_ids();
    return;
  }
  // user_namespaces(7): one id of its own may be mapped without privilege, once setgroups is denied.
  sys::WriteFile("/proc/self/setgroups", "deny");
  sys::WriteFile("/proc/self/uid_map", spec.own_uid_map);
  sys::WriteFile("/proc/self/gid_map", spec.own_gid_map);
}

void EnterTree(const TreeSpec& spec) {
  if (!spec.mount_namespace) return;
  Check(::unshare(CLONE_NEWNS), "unshare a mount namespace");
  Check(::mount(nullptr, "/", nullptr, kPrivate | kRecursive, nullptr), "make the mounts private");
  BuildTree(spec);
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// For the tests of this folder: a folder that looks like a cgroup filesystem of either version, in which the
// test plays the kernel.
#pragma once
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "base/sys.h"
#include "base/text.h"
#include "sandbox/cgroups.h"

namespace sandgate {

class FakeCgroups {
 public:
  explicit FakeCgroups(int version)
      : version_(version),
        root_(std::filesystem::temp_directory_path() / ("sandgate-cgroups-" + RandomHex(8))) {
    std::filesystem::create_directory(root_);
  }
  ~FakeCgroups() { std::filesystem::remove_all(root_); }
  FakeCgroups(const FakeCgroups&) = delete;
  FakeCgroups& operator=(const FakeCgroups&) = delete;

  std::string root() const { return root_; }

  // As the kernel does, with the files of a new cgroup.
  int Make(const std::string& folder) {
    if (make_error != 0) return make_error;
    std::error_code error;
    if (!std::filesystem::create_directory(folder, error)) return error ? error.value() : EEXIST;
    for (const auto& [name, text] : version_ == 1 ? Version1() : Version2()) Put(folder, name, text);
    return 0;
  }
  static int Remove(const std::string& folder) {
    std::filesystem::remove_all(folder);
    return 0;
  }
  CgroupFolders folders() {
    return {[this](const std::string& folder) { return Make(folder); }, Remove};
  }

  static void Put(const std::string& folder, const std::string& name, std::string_view text) {
    std::ofstream(folder + "/" + name) << text;
  }
  static std::string Get(const std::string& folder, const std::string& name) {
    return std::string(Trim(sys::ReadFile(folder + "/" + name).value_or("(none)")));
  }

  int make_error = 0;  // what mkdir fails with

 private:
  using Files = std::map<std::string, std::string>;

  static Files Version1() {
    return {{"tasks", ""},
            {"cgroup.procs", ""},
            {"cgroup.event_control", ""},
            {"memory.limit_in_bytes", ""},
            {"memory.memsw.limit_in_bytes", ""},
            {"memory.kmem.tcp.limit_in_bytes", ""},
            {"memory.kmem.tcp.usage_in_bytes", "0\n"},
            {"memory.usage_in_bytes", "0\n"},
            {"memory.max_usage_in_bytes", "0\n"},
            {"memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n"},
            {"memory.stat", "cache 0\nrss 0\nshmem 0\n"},
            {"pids.max", ""},
            {"pids.current", "0\n"},
            {"pids.peak", "0\n"},
            {"cpu.shares", "1024\n"},
            {"cpu.cfs_period_us", "100000\n"},
            {"cpu.cfs_quota_us", "-1\n"}};
  }
  static Files Version2() {
    return {{"cgroup.procs", ""},
            {"cgroup.type", "domain\n"},
            {"cgroup.events", "populated 0\nfrozen 0\n"},
            {"cgroup.subtree_control", ""},
            {"memory.max", ""},
            {"memory.swap.max", ""},
            {"memory.oom.group", ""},
            {"memory.current", "0\n"},
            {"memory.peak", "0\n"},
            {"memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n"},
            {"memory.stat", "anon 0\nfile 0\nshmem 0\n"},
            {"pids.max", ""},
            {"pids.current", "0\n"},
            {"pids.peak", "0\n"},
            {"cpu.weight", "100\n"},
            {"cpu.max", "max 100000\n"}};
  }

  int version_;
  std::filesystem::path root_;
};

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Files and folders of a cgroup filesystem, of either version.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace sandgate {

// A file that the kernel answers from, kept open: reading it again asks again. ENODEV tells that the cgroup
// has been removed.
class ControlFile {
 public:
  ControlFile() = default;
  enum class Use { kRead, kWrite, kBoth };
  // Is empty, with errno set, where the file cannot be opened.
  ControlFile(const std::string& folder, std::string_view name, Use use);

  explicit operator bool() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

  std::string Read() const;                            // throws Error
  std::optional<std::uint64_t> Number() const;         // nothing for "max"; throws Error
  std::uint64_t NumberOf(std::string_view key) const;  // of a line "KEY NUMBER", else 0; throws Error
  void Write(std::string_view text) const;             // throws Error
  bool WriteIfThere(std::string_view text) const;      // false where there is no such file, or not so

 private:
  std::string path_;
  Fd fd_;
};

// The processes in the cgroup, as far as this process can see them. None where it is gone.
std::vector<int> ProcessesIn(const std::string& folder);
// Kills them. They take a moment to end.
void KillProcessesIn(const std::string& folder);

// rmdir(2), again for a moment while its processes end; 0 or an errno.
int RemoveCgroup(const std::string& folder);
// With the cgroups below it and their processes.
int RemoveCgroupTree(const std::string& folder);

}  // namespace sandgate

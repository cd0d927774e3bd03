// SPDX-License-Identifier: Apache-2.0
// Opens files of /proc that only the user of a process may read.
#pragma once
#include <cstdint>
#include <optional>

namespace sandgate {

// proc(5): such files are checked against the file system ids of the thread that opens them. As long as this
// lives they are `id`; nothing: as they are. A server may lack CAP_SYS_PTRACE.
class FileIdentity {
 public:
  explicit FileIdentity(std::optional<std::uint32_t> id);
  ~FileIdentity();
  FileIdentity(const FileIdentity&) = delete;
  FileIdentity& operator=(const FileIdentity&) = delete;

 private:
  bool changed_;
};

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Removes directory trees that user code has shaped: by descriptor, one component at a time, never through a
// symbolic link, in constant memory and descriptors however deep and wide the tree, and at about the cost of
// making it. It can be done a little at a time, so that one large tree does not keep small ones waiting.
#pragma once
#include <dirent.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.h"

namespace sandgate {

// A subdirectory of a subdirectory moves up to the top under a number, so depth never grows; the numbers are
// all that has to be remembered.
class Removal {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Removal(std::string path);

  // Removes until `until`, at least one entry. True when nothing is left, `path` itself included. Throws
  // Error when all that is left cannot be removed; may be called again then.
  bool Go(Clock::time_point until);

 private:
  struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
  };
  using Stream = std::unique_ptr<DIR, CloseDir>;

  bool OpenTop();
  bool Step();
  bool EndPass();
  void RemoveFromTop(const std::string& name, unsigned char type);
  void RemoveFromInner(const dirent& entry);
  int Remove(DIR* directory, const char* name, unsigned char type);
  void Fail(const std::string& what, int error);
  std::string Numbered(std::uint64_t number) const;

  std::string path_;
  std::string prefix_;  // of what has moved up; nobody can guess it
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;  // those from first_ have moved up, and are still to be removed
  Stream top_;
  Stream inner_;  // a directory in top_ that is being emptied
  std::string inner_name_;
  bool progress_ = false;  // something was removed in this pass over top_
  std::string failure_;    // the first of this pass
};

// Removes everything below and including `path`; nothing happens when it does not exist. Throws Error
// when something cannot be removed.
void RemoveTree(const std::string& path);

// Renames a directory, also one whose owner has closed it to himself. False, with errno, when that cannot be.
bool MoveDirectory(const std::string& from, const std::string& to);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// What only one run at a time may have: a uid, in modes without mounts a directory on disk, and where the
// server may make them a cgroup.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sandbox/cgroups.h"

namespace sandgate {

struct Slot {
  std::uint32_t uid = 0;
  std::string host_scratch;    // the server's path of the run's directory; empty where a tmpfs serves
  std::string scratch;         // the same directory as the run sees it
  bool keeps_scratch = false;  // it outlives the run
  std::shared_ptr<const RunCgroup> cgroup;  // null: none
};

struct SlotOptions {
  std::uint32_t count = 0;
  std::uint32_t uid_base = 0;     // the uids are uid_base .. uid_base + count - 1
  std::string host_scratch_root;  // empty: no directories
  std::string scratch_root;       // the same as runs see it
  bool one_scratch = false;       // the root, made already, is the directory of the one slot, and is kept
  bool own_uids = false;          // false: directories stay with the server's user
  Cgroups* cgroups = nullptr;     // null: none; outlives the slots
};

class SlotPool {
 public:
  explicit SlotPool(SlotOptions options);

  // The slot that has rested longest, with a fresh directory and an empty cgroup; nothing when all are taken,
  // or hold something of their last run. Throws Error when directory or cgroup cannot be made; the slot then
  // stays free. Where it is a directory on disk, `packages` (see Interpreter) are found from it.
  std::optional<Slot> Take(const std::string& packages = "");
  // Takes the slot back when every process of its run is gone and its directory is out of reach.
  void Give(const Slot& slot) { free_.push_back(slot.uid); }

  std::size_t free() const { return free_.size(); }

 private:
  std::optional<Slot> TakeNext(const std::string& packages);
  std::string FolderFor(const std::string& packages);

  SlotOptions options_;
  std::deque<std::uint32_t> free_;
  std::map<std::string, std::string> folders_;  // by packages: below the roots, "/NAME"
};

}  // namespace sandgate

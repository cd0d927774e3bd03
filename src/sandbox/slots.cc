// SPDX-License-Identifier: Apache-2.0
#include "sandbox/slots.h"

#include <utility>

#include "base/text.h"
#include "sandbox/scratch.h"

namespace sandgate {

SlotPool::SlotPool(SlotOptions options) : options_(std::move(options)) {
  for (std::uint32_t i = 0; i < options_.count; ++i) free_.push_back(options_.uid_base + i);
}

std::optional<Slot> SlotPool::Take(const std::string& packages) {
  for (std::size_t left = free_.size(); left > 0; --left) {
    if (std::optional<Slot> slot = TakeNext(packages)) return slot;
    free_.push_back(free_.front());
    free_.pop_front();
  }
  return std::nullopt;
}

// What lies above the directories of runs that import from there: node looks for node_modules in each folder
// above the script. Runs cannot write to it.
std::string SlotPool::FolderFor(const std::string& packages) {
  if (packages.empty()) return "";
  if (const auto made = folders_.find(packages); made != folders_.end()) return made->second;
  const std::string name = "/packages-" + std::to_string(folders_.size() + 1);
  MakePackagesFolder(options_.host_scratch_root + name, packages);
  return folders_.emplace(packages, name).first->second;
}

// Nothing when its cgroup is not empty.
std::optional<Slot> SlotPool::TakeNext(const std::string& packages) {
  Slot slot;
  slot.uid = free_.front();
  if (options_.cgroups != nullptr) {
    slot.cgroup = options_.cgroups->Take(slot.uid);
    if (!slot.cgroup) return std::nullopt;
  }
  if (options_.host_scratch_root.empty()) {
    slot.scratch = "/tmp";
  } else if (options_.one_scratch) {
    slot.host_scratch = options_.host_scratch_root;
    slot.scratch = options_.scratch_root;
    slot.keeps_scratch = true;
    if (options_.own_uids) GiveScratch(slot.host_scratch, slot.uid, slot.uid);
  } else {
    // A name that a concurrent run cannot guess, though it could not enter it either.
    const std::string name = FolderFor(packages) + "/" + RandomHex(12);
    slot.host_scratch = options_.host_scratch_root + name;
    slot.scratch = options_.scratch_root + name;
    if (options_.own_uids) {
      MakeScratch(slot.host_scratch, slot.uid, slot.uid);
    } else {
      MakeScratch(slot.host_scratch);
    }
  }
  free_.pop_front();
  return slot;
}

}  // namespace sandgate

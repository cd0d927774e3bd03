// SPDX-License-Identifier: Apache-2.0
#include "sandbox/slots.h"

#include <utility>

#include "base/text.h"
#include "sandbox/scratch.h"

namespace sandgate {

SlotPool::SlotPool(SlotOptions options) : options_(std::move(options)) {
  for (std::uint32_t i = 0; i < options_.count; ++i) free_.push_back(options_.uid_base + i);
}

std::optional<Slot> SlotPool::Take() {
  if (free_.empty()) return std::nullopt;
  Slot slot;
  slot.uid = free_.front();
  if (options_.host_scratch_root.empty()) {
    slot.scratch = "/tmp";
  } else {
    // A name that a concurrent run cannot guess, though it could not enter it either.
    const std::string name = "/" + RandomHex(12);
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

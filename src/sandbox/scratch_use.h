// SPDX-License-Identifier: Apache-2.0
// Measures a scratch directory while its run goes on and may change it at any moment: by descriptor, one
// component at a time, never through a symbolic link, with few descriptors however deep the tree. What moves
// while it is measured may be missed, or counted twice.
#pragma once
#include <cstdint>
#include <string>

namespace sandgate {

struct ScratchUse {
  std::uint64_t bytes = 0;  // that its files and folders take on disk
  std::uint64_t files = 0;  // files, folders and links in it
  bool too_deep = false;    // folders in folders, more than can be measured
};

// Stops where there is more of one than in `most`, so the work is bounded by that. Throws Error where a part
// cannot be looked at.
ScratchUse MeasureScratch(const std::string& path, const ScratchUse& most);

}  // namespace sandgate

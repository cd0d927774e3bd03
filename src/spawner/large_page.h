// SPDX-License-Identifier: Apache-2.0
// Large pages of anonymous memory.
#pragma once
#include <cstddef>
#include <cstdint>

namespace sandgate {

inline constexpr std::size_t kLargePage = 2 << 20;
// MADV_COLLAPSE of madvise(2), since Linux 6.1: makes them of small ones, now, whatever is set for the
// system.
inline constexpr int kCollapse = 25;

inline std::uintptr_t LargePageDown(std::uintptr_t address) { return address & ~(kLargePage - 1); }
inline std::uintptr_t LargePageUp(std::uintptr_t address) { return LargePageDown(address + kLargePage - 1); }

}  // namespace sandgate

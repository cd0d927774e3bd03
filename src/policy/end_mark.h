// SPDX-License-Identifier: Apache-2.0
// How a forked run tells that it ends: exit_group(2) with this as its second argument, which the kernel does
// not look at. The filter passes that one on to the supervisor (filter.h), and no other exit: one that is
// passed on can be broken off by a signal that has a handler, and then returns to code that expects no
// return. Where the policy allows processes none is passed on: each of those could make the call. Of a trace,
// whose processes no policy allows, it goes on.
#pragma once
#include <cstdint>

namespace sandgate {

inline constexpr std::uint64_t kEndMark = 0x73616e6467617465;

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The processor time that processes have used so far.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <span>

namespace sandgate {

// Of one process, all its threads together; nothing when it has gone.
std::optional<std::chrono::nanoseconds> ProcessorTime(pid_t pid);

// Of these processes, of their descendants that live, and of those that these have waited for. At most `most`
// processes are looked at. What one used that has gone without being waited for is not in it.
std::chrono::nanoseconds ProcessorTimeBelow(std::span<const pid_t> roots, std::size_t most);

}  // namespace sandgate

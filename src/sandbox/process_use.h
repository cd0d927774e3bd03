// SPDX-License-Identifier: Apache-2.0
// What a process has used, all its threads together.
#pragma once
#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace sandgate {

struct ProcessUse {
  std::chrono::nanoseconds processor_time{0};
  std::uint64_t max_rss_bytes = 0;  // resident memory, at most
  std::uint64_t read_bytes = 0;     // from and to disks
  std::uint64_t written_bytes = 0;
};

// Of one that has ended, and of those that it has waited for.
ProcessUse UseOf(const rusage& usage);

// Of one that lives, and has no children: the same numbers as at its end, but that memory is told since its
// latest execve(2). `uid` is its own, where that is
// another than the server's; `counts_io`: as Isolation says. Nothing where the kernel does not tell.
std::optional<ProcessUse> UseOf(pid_t pid, std::optional<std::uint32_t> uid, bool counts_io);

}  // namespace sandgate

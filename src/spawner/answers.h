// SPDX-License-Identifier: Apache-2.0
// What a spawner answers, taken out of its packets (protocol.h). The server believes a spawner no more than
// it has to: a packet that is not the answer to what was asked is an Error. For client.cc.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sandgate {

// What a spawner tells while it starts.
struct StartAnswer {
  enum class Kind { kMapIds, kMoved, kReady };
  Kind kind = Kind::kReady;
  std::string failure;  // of kReady: why it cannot serve, or empty
  std::string notes;    // of kReady: lines for the log
};

// One packet of the start, which came with so many descriptors. Throws Error.
StartAnswer ReadStart(std::span<char> packet, std::size_t descriptors);

struct SpawnedAnswer {
  int error = 0;  // errno; 0: the run was made
  pid_t pid = -1;
};

// The answer to kSpawn with this id. Throws Error.
SpawnedAnswer ReadSpawned(std::span<char> packet, std::uint64_t id);

// The errno of the answer to kSweep of this uid. Throws Error.
int ReadSwept(std::span<char> packet, std::uint32_t uid);

}  // namespace sandgate

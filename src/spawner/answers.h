// SPDX-License-Identifier: Apache-2.0
// What a spawner answers, taken out of its packets (protocol.h). The server believes a spawner no more than
// it has to: a packet that is not the answer to what was asked is an Error. For client.cc.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <span>

namespace sandgate {

struct SpawnedAnswer {
  int error = 0;  // errno; 0: the run was made
  pid_t pid = -1;
};

// The answer to kSpawn with this id. Throws Error.
SpawnedAnswer ReadSpawned(std::span<char> packet, std::uint64_t id);

// The errno of the answer to kSweep of this uid. Throws Error.
int ReadSwept(std::span<char> packet, std::uint32_t uid);

}  // namespace sandgate

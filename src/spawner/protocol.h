// SPDX-License-Identifier: Apache-2.0
// What the server and a spawner say to each other over one SEQPACKET socket, a packet a message.
//
//   server -> spawner   kSpec {spec}                            once, first
//   spawner -> server   kMapIds                                 only in a user namespace that needs it
//   server -> spawner   kIdsMapped
//   spawner -> server   kMoved + fds spawner, its init          only in a user namespace, see prepare.cc
//   spawner -> server   kReady {"" or what failed, notes for the log}
//   server -> spawner   kSpawn {id, plan} + fds code, out, err, control, filter [, those of the cgroup]
//   spawner -> server   kSpawned {id, errno, pid} + fds pidfd [, pidfd of the run's init]
//   server -> spawner   kSweep {uid}                            kill every process of that uid
//   spawner -> server   kSwept {uid, errno}
//   server -> spawner   kSweepAtEnd {uid}                       the same when the server has gone; no answer
//
// Answers to kSpawn and kSweep come in the order of the requests. End of file ends the spawner. Only the
// exec spawner is asked to sweep.
#pragma once
#include <cstddef>
#include <cstdint>

namespace sandgate {

enum class Message : std::uint64_t {
  kSpec,
  kMapIds,
  kIdsMapped,
  kMoved,
  kReady,
  kSpawn,
  kSpawned,
  kSweep,
  kSwept,
  kSweepAtEnd
};

inline constexpr std::size_t kMaxPacket = 128 * 1024;
inline constexpr std::size_t kMaxFilterBytes = 4096 * 8;  // BPF_MAXINSNS instructions
inline constexpr int kSpawnerSocket = 3;                  // the spawner's end, when it starts
inline constexpr int kProcSelfFd = 4;                     // of a fork server: its own /proc/self, or closed
inline constexpr int kEmptyNetworkFd = 5;    // of a fork server: a network namespace, or /dev/null
inline constexpr std::size_t kSpawnFds = 5;  // and plan.cgroup_entries more

}  // namespace sandgate

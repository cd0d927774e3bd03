// SPDX-License-Identifier: Apache-2.0
// The server's side of a spawner: starts the program, hands it the root tree, asks it for children.
// A spawner that dies takes no run with it; the next request starts a new one.
#pragma once
#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/sys.h"
#include "jail/tree.h"

namespace sandgate {

// A child of this process, made by a spawner.
struct Spawned {
  pid_t pid = -1;
  Fd pidfd;
  Fd init;  // pidfd of process 1 of the run's pid namespace; empty where there is none
};

// What the child is handed; borrowed until Spawn has returned.
struct SpawnFds {
  int code;  // sealed memory with the bytes of boot.py's and boot.js's input
  int out;
  int err;
  int control;  // the child's end of a SEQPACKET pair
  int filter;   // sealed memory with the system call filter
};

class SpawnerClient {
 public:
  // `program` is the path of sandgate-spawner.
  SpawnerClient(boost::asio::io_context& io, std::string program, TreeSpec tree);
  ~SpawnerClient();
  SpawnerClient(const SpawnerClient&) = delete;
  SpawnerClient& operator=(const SpawnerClient&) = delete;

  // Starts the spawner and waits until its tree stands (blocking, milliseconds). Throws Error with the
  // step that failed. The thread that calls this must outlive every run: its end would kill them.
  void Start();

  // `plan` is an encoded PlanSpec. Throws Error. Must not be cancelled: the child would be lost.
  boost::asio::awaitable<Spawned> Spawn(const std::string& plan, const SpawnFds& fds);
  // Kills every process of `uid`. Throws Error.
  boost::asio::awaitable<void> Sweep(std::uint32_t uid);

  std::uint64_t starts() const { return starts_; }

 private:
  struct Pending;

  pid_t Launch(int theirs);
  void Handshake(pid_t pid);
  sys::Packet ReceiveWithin(int seconds);
  void Stop();
  boost::asio::awaitable<sys::Packet> Ask(std::string message, std::vector<int> fds);
  boost::asio::awaitable<void> ReadAnswers(std::shared_ptr<boost::asio::posix::stream_descriptor> socket);
  void FailPending();

  boost::asio::io_context& io_;
  std::string program_;
  TreeSpec tree_;
  Fd process_;  // pidfd of the spawner; empty when none runs
  Fd init_;     // pidfd of process 1 of the spawner's pid namespace, where it has one of its own
  std::uint64_t starts_ = 0;
  std::uint64_t next_id_ = 1;
  std::shared_ptr<boost::asio::posix::stream_descriptor> socket_;
  std::deque<std::shared_ptr<Pending>> pending_;
};

}  // namespace sandgate

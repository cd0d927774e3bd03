// SPDX-License-Identifier: Apache-2.0
// The server's side of one spawner: starts the program, sends it its spec, asks it for children. Its
// process ends with the object. A spawner that dies by itself takes no run with it, and is not started
// again: spawners.h makes another one.
#pragma once
#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "spawner/answers.h"
#include "spawner/spec.h"

namespace sandgate {

// A child of this process, made by a spawner. What of it is still here at the end is killed and reaped.
struct Spawned {
  Spawned() = default;
  Spawned(Spawned&&) = default;
  Spawned& operator=(Spawned&&) = default;
  ~Spawned() { End(); }

  // Kills what is here.
  void Kill() const;
  // Kills and reaps what is here. Blocks for as long as the kernel takes.
  void End();

  pid_t pid = -1;
  Fd pidfd;
  Fd init;  // pidfd of process 1 of the run's pid namespace; empty where there is none
};

// What the child is handed; borrowed until Spawn has returned.
struct SpawnFds {
  int code;  // read end of the pipe that brings the input of boot.py or boot.js
  int out;
  int err;
  int control;              // the child's end of a SEQPACKET pair
  int filter;               // sealed memory with the system call filter
  std::vector<int> cgroup;  // of the run (RunCgroup::entries)
};

// The spawner is gone: another one may do what was asked.
class SpawnerGone : public Error {
 public:
  using Error::Error;
};

class SpawnerClient {
 public:
  // `program` is the path of sandgate-spawner.
  SpawnerClient(boost::asio::io_context& io, std::string program, SpawnerSpec spec);
  // Ends the spawner. Where spec.tree.user_namespace is set this ends its children too, so whoever has one
  // keeps the client.
  ~SpawnerClient();
  SpawnerClient(const SpawnerClient&) = delete;
  SpawnerClient& operator=(const SpawnerClient&) = delete;

  // Starts the spawner and waits until it is ready: the first blocks (milliseconds for kExec), the second
  // does not. Throw Error with what failed. To be called once. The thread that calls them must outlive
  // every run: its end would kill them.
  void Start();
  boost::asio::awaitable<void> StartInBackground();

  // `plan` is an encoded PlanSpec. Throws Error, SpawnerGone when the spawner died before it answered.
  // Must not be cancelled: the child would be lost.
  boost::asio::awaitable<Spawned> Spawn(const std::string& plan, const SpawnFds& fds);
  // Kills every process of `uid`. Throws as Spawn.
  boost::asio::awaitable<void> Sweep(std::uint32_t uid);
  // Has the spawner do that when this process has gone. Throws SpawnerGone.
  void SweepAtEnd(std::uint32_t uid);

  const SpawnerSpec& spec() const { return spec_; }
  bool alive() const;
  // What it told when it was ready, for the log; lines.
  const std::string& notes() const { return notes_; }
  // Called once when it has died by itself.
  void OnEnd(std::function<void()> on_end);

 private:
  struct Pending;
  struct Link;

  void Launch();
  StartAnswer ReadStartOf(sys::Packet& packet);  // throws StartError
  // Deals with one packet of the start; true when the spawner is ready.
  bool Handshake(sys::Packet packet);
  Error StartError(const std::string& what);
  void BeginToServe();
  static boost::asio::awaitable<void> ReadAnswers(std::shared_ptr<Link> link);
  boost::asio::awaitable<sys::Packet> Ask(std::string message, std::vector<int> fds);

  boost::asio::io_context& io_;
  std::string program_;
  SpawnerSpec spec_;
  pid_t pid_ = -1;
  Fd init_;    // pidfd of process 1 of the spawner's pid namespace, where it has one of its own
  Fd output_;  // what a fork server prints while it starts
  std::string notes_;
  std::uint64_t next_id_ = 1;
  std::shared_ptr<Link> link_;
};

}  // namespace sandgate

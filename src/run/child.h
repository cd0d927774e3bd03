// SPDX-License-Identifier: Apache-2.0
// Makes children: a slot, a plan and pipes from here, the process from a spawner, and the report that
// every lock is in force. What comes out waits for its code.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "obs/log.h"
#include "run/cleaner.h"
#include "run/policies.h"
#include "run/request.h"
#include "sandbox/interpreter.h"
#include "sandbox/isolation.h"
#include "sandbox/planner.h"
#include "sandbox/slots.h"
#include "spawner/spawners.h"

namespace sandgate {

// What children are made of; all of it outlives their maker.
struct ChildParts {
  const Isolation& isolation;
  const std::map<Language, Interpreter>& interpreters;
  const Planner& planner;
  SlotPool& slots;
  Spawners& spawners;
  std::string node_boot;   // path of boot.js as runs see it
  CleanerOptions cleaner;  // without trash where runs leave nothing on disk
  Logger& log;
};

// One child in which every lock is in force. It has read nothing yet. Given back to ChildMaker::Discard
// when its processes are to end, or, when its first process has ended, to ChildMaker::CleanUp.
struct Child {
  SpawnerLease spawner;
  RunEnvironment environment;
  std::shared_ptr<const CompiledPolicy> policy;  // whose filter is in force
  std::string program;                           // path of the interpreter, for messages
  Slot slot;
  Spawned process;
  Fd code;  // write end of the pipe that its first lines read to the end
  Fd out;   // read ends, non-blocking
  Fd err;
  Fd listener;                  // seccomp user notification
  Fd control;                   // non-blocking; tells when the interpreter could not be started
  bool is_interpreter = false;  // from a fork server, or the execve(2) of a cold start is behind it
};

// What a child is for. The policy fits the environment.
struct ChildRequest {
  RunEnvironment environment;
  std::shared_ptr<const CompiledPolicy> policy;
  Start start = Start::kFast;
  std::optional<Limits> limits;  // lower ones than the configuration's
};

class ChildMaker {
 public:
  ChildMaker(boost::asio::io_context& io, ChildParts parts)
      : io_(io),
        parts_(std::move(parts)),
        sweeps_(parts_.isolation.change_ids && !parts_.isolation.namespaces),
        cleaner_(io, parts_.cleaner, parts_.log) {}

  // Throws Error. Must not be cancelled.
  boost::asio::awaitable<Child> Make(ChildRequest request);
  // The same from one spawner; throws SpawnerGone too.
  boost::asio::awaitable<Child> MakeFrom(SpawnerLease spawner, ChildRequest request);
  // The same for a run that may come later: a cold start goes on, until the interpreter waits for its
  // code or makes a call that is refused.
  boost::asio::awaitable<Child> MakeAhead(SpawnerLease spawner, ChildRequest request);
  // Whether a child that is made already may be put under these limits.
  bool MayLower(const Limits& limits) const;
  // Does it, before the child is given its code; false where it cannot be done.
  bool Lower(const Child& child, const Limits& limits);
  // Ends a child that has been given no code, and releases it.
  void Discard(Child child);
  // Whether a process that the first one started may be left, now that it has ended. Certainly not where its
  // cgroup holds nobody.
  bool MayHaveLeft(const Child& child) const;
  // Ends what we have started and what is still there: when it returns, no process is left in a pid namespace
  // of the child's own.
  boost::asio::awaitable<void> EndProcesses(Child& child);
  // The same, and takes the slot back. What is left in its directory is removed beside the event loop, and
  // mostly afterwards.
  boost::asio::awaitable<void> CleanUp(Child child);
  // Reaps processes of that uid that have been killed and came to us, until none is left. Throws Error where
  // one does not end.
  boost::asio::awaitable<void> ReapOrphans(std::uint32_t uid);
  // From now on nothing is removed, and nobody waits for it: the server stops, and removes its directory.
  boost::asio::awaitable<void> Close() { return cleaner_.Close(); }

 private:
  boost::asio::awaitable<void> Release(Slot slot);
  boost::asio::awaitable<void> AwaitEnd(Fd pidfd);
  boost::asio::awaitable<void> Fill(Child& child, const Limits& limits);
  boost::asio::awaitable<void> LetInterpreterStart(Child& child);
  boost::asio::awaitable<Fd> AwaitLocks(boost::asio::posix::stream_descriptor& control, Spawned& child);
  const Interpreter& InterpreterFor(const RunEnvironment& environment) const;
  Program MakeProgram(const Child& child) const;

  boost::asio::io_context& io_;
  ChildParts parts_;
  bool sweeps_;            // what a run leaves is ended by its uid
  bool may_lower_ = true;  // until the kernel has refused it once
  Cleaner cleaner_;
};

}  // namespace sandgate

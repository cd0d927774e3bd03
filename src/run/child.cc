// SPDX-License-Identifier: Apache-2.0
#include "run/child.h"

#include <embedded/boot.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

#include "base/error.h"
#include "config/limits.h"
#include "jail/jail.h"
#include "run/waitable.h"
#include "sandbox/lowering.h"
#include "sandbox/notify.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr auto kJailDeadline = std::chrono::seconds(20);
constexpr auto kReapDeadline = std::chrono::seconds(20);
constexpr auto kFirstReapPause = std::chrono::milliseconds(1);
constexpr auto kLastReapPause = std::chrono::milliseconds(32);
constexpr int kAttempts = 3;  // with spawners that die meanwhile

// A pipe belongs to who made it, here the server; others may write to this one: /dev/stdout is a name for it
// in the process that has it, and opening that asks the pipe's mode.
sys::PipeEnds OutputPipe() {
  sys::PipeEnds pipe = sys::Pipe(sys::PipeEnd::kRead);
  Check(::fchmod(pipe.write.get(), S_IRUSR | S_IWUSR | S_IWGRP | S_IWOTH), "fchmod of a pipe");
  return pipe;
}

// Throws Error where the kernel has no room to watch it; `fd` then keeps it.
asio::posix::stream_descriptor Watch(asio::io_context& io, Fd& fd) {
  asio::posix::stream_descriptor stream(io);
  boost::system::error_code failed;
  stream.assign(fd.get(), failed);
  if (failed) throw Error("watch a descriptor: " + failed.message());
  static_cast<void>(fd.release());  // the stream closes it
  return stream;
}

// Kills a process that is not done in time. Not once this has gone, though its timer may have ended already:
// the number of the pidfd may be another process's then.
class JailDeadline {
 public:
  JailDeadline(asio::io_context& io, const Fd& pidfd)
      : timer_(io, kJailDeadline), pidfd_(std::make_shared<int>(pidfd.get())) {
    timer_.async_wait([watched = pidfd_](const boost::system::error_code& error) {
      if (!error && *watched >= 0) sys::SendSignal(*watched, SIGKILL);
    });
  }
  ~JailDeadline() { *pidfd_ = -1; }
  JailDeadline(const JailDeadline&) = delete;
  JailDeadline& operator=(const JailDeadline&) = delete;

 private:
  asio::steady_timer timer_;
  std::shared_ptr<int> pidfd_;
};

}  // namespace

const Interpreter& ChildMaker::InterpreterFor(const RunEnvironment& environment) const {
  if (environment.built) return environment.built->interpreter;
  const auto found = parts_.interpreters.find(environment.language);
  if (found != parts_.interpreters.end()) return found->second;
  throw Error(
      fmt::format("no {} interpreter was found when the server started; see the log and `sandgate doctor`",
                  LanguageName(environment.language)));
}

Program ChildMaker::MakeProgram(const Child& child) const {
  const Language language = child.environment.language;
  const Interpreter& interpreter = InterpreterFor(child.environment);
  Program program{language, {}, child.environment.network, interpreter.packages};
  if (child.spawner->spec().forks_interpreter()) {
    program.argv = {interpreter.path,
                    language == Language::kPython ? "main.py" : child.slot.scratch + "/main.js"};
  } else if (language == Language::kPython) {
    program.argv = {interpreter.path, "-B", "-c", std::string(embedded::kBootPy),
                    std::string(embedded::kShowUncaughtPy)};
  } else {
    // No V8 flag here: any (a heap size, say) makes V8 reject the compiled code that node carries, 8 ms a
    // start.
    program.argv = {interpreter.path, "--preserve-symlinks-main", "--require", parts_.node_boot,
                    child.slot.scratch + "/main.js"};
  }
  return program;
}

// Waits until the child reports that every lock is in force; returns the listener of its filter.
asio::awaitable<Fd> ChildMaker::AwaitLocks(asio::posix::stream_descriptor& control, Spawned& child) {
  const JailDeadline deadline(io_, child.pidfd);
  sys::Received received;
  do {
    const auto [error] = co_await control.async_wait(asio::posix::stream_descriptor::wait_read, kNoError);
    if (error) break;
    received = sys::ReceivePacket(control.native_handle(), sizeof(Report));
  } while (received.would_block);
  const auto report = received.packet ? ReadReport(received.packet->bytes) : std::nullopt;
  if (!report) throw Error("the run ended while it was being confined");
  if (report->step != Step::kLocked) ThrowErrno(StepText(report->step), report->errno_value);
  if (received.packet->fds.empty()) throw Error("the run sent no listener");
  co_return std::move(received.packet->fds[0]);
}

// Everything but spawner, environment and slot, which are there.
asio::awaitable<void> ChildMaker::Fill(Child& child, const Limits& limits) {
  const Program program = MakeProgram(child);
  const std::string plan = EncodePlan(parts_.planner.Make(program, child.slot, limits));
  child.program = program.argv[0];
  auto [code_read, code_write] = sys::Pipe(sys::PipeEnd::kWrite);
  sys::PipeEnds out = OutputPipe();
  sys::PipeEnds err = OutputPipe();
  auto [ours, theirs] = sys::SeqpacketPair();
  asio::posix::stream_descriptor control = Watch(io_, ours);
  control.non_blocking(true);
  const SpawnFds fds{code_read.get(),
                     out.write.get(),
                     err.write.get(),
                     theirs.get(),
                     child.policy->filter.get(),
                     child.slot.cgroup ? child.slot.cgroup->entries() : std::vector<int>()};
  child.process = co_await child.spawner->Spawn(plan, fds);
  theirs.reset();
  try {
    child.listener = co_await AwaitLocks(control, child.process);
  } catch (...) {
    child.process.End();
    throw;
  }
  child.control = Fd(control.release());
  child.is_interpreter = child.spawner->spec().forks_interpreter();
  child.code = std::move(code_write);
  child.out = std::move(out.read);
  child.err = std::move(err.read);
}

asio::awaitable<Child> ChildMaker::MakeFrom(SpawnerLease spawner, ChildRequest request) {
  Child child;
  child.spawner = std::move(spawner);
  child.environment = request.environment;
  child.policy = std::move(request.policy);
  std::optional<Slot> slot = parts_.slots.Take(InterpreterFor(request.environment).packages);
  if (!slot) throw Error("no free slot for the run");
  child.slot = std::move(*slot);
  std::exception_ptr failed;
  try {
    if (sweeps_) parts_.spawners.SweepAtEnd(child.slot.uid);
    const Limits usual = LimitsOfServer(parts_.planner.config(), child.policy->allows_processes);
    co_await Fill(child, request.limits.value_or(usual));
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) {
    parts_.spawners.LookForLostChildren();
    co_await Release(child.slot);
    std::rethrow_exception(failed);
  }
  co_return child;
}

// The filter refuses execve(2). The first one is ours: it was prepared by the spawner, and no byte of user
// code has been read. Where the policy allows execve, the end of `control` tells that it has been.
asio::awaitable<void> ChildMaker::LetInterpreterStart(Child& child) {
  using asio::posix::stream_descriptor;
  stream_descriptor listener = Watch(io_, child.listener);
  stream_descriptor control = Watch(io_, child.control);
  const JailDeadline deadline(io_, child.process.pidfd);
  auto either = asio::experimental::make_parallel_group(
      listener.async_wait(stream_descriptor::wait_read, asio::deferred),
      control.async_wait(stream_descriptor::wait_read, asio::deferred));
  co_await either.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const sys::Received told = sys::ReceivePacket(control.native_handle(), sizeof(Report));
  if (const auto report = told.packet ? ReadReport(told.packet->bytes) : std::nullopt) {
    ThrowErrno(StepText(report->step), report->errno_value);
  }
  const bool started = !told.would_block;
  std::optional<Notification> call;
  if (!started && sys::IsReady(listener.native_handle(), POLLIN))
    call = ReceiveNotification(listener.native_handle());
  if (!started && (!call || !IsExecve(call->call)))
    throw Error("the run ended before its interpreter started");
  if (call) LetCallGoOn(listener.native_handle(), call->id);
  child.listener = Fd(listener.release());
  child.control = Fd(control.release());
  child.is_interpreter = true;
}

asio::awaitable<Child> ChildMaker::MakeAhead(SpawnerLease spawner, ChildRequest request) {
  Child child = co_await MakeFrom(std::move(spawner), std::move(request));
  if (child.is_interpreter) co_return child;
  std::exception_ptr failed;
  try {
    co_await LetInterpreterStart(child);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) {
    Discard(std::move(child));
    std::rethrow_exception(failed);
  }
  co_return child;
}

asio::awaitable<Child> ChildMaker::Make(ChildRequest request) {
  const bool cold = request.start == Start::kCold;
  for (int attempt = 1;; ++attempt) {
    try {
      SpawnerLease spawner;
      if (cold) {
        spawner = parts_.spawners.Exec();
      } else {
        spawner = co_await parts_.spawners.Await(request.environment);
      }
      Child child = co_await MakeFrom(std::move(spawner), request);
      co_return child;
    } catch (const SpawnerGone&) {
      if (attempt == kAttempts) throw;
    }
  }
}

bool ChildMaker::MayLower(const Limits& limits) const {
  const Limits& configured = parts_.planner.config();
  const bool same_scratch = limits.limit_scratch_mb == configured.limit_scratch_mb &&
                            limits.limit_scratch_files == configured.limit_scratch_files;
  return may_lower_ && (same_scratch || !parts_.planner.MountsScratch());
}

bool ChildMaker::Lower(const Child& child, const Limits& limits) {
  const int error = LowerResourceLimits(child.process.pidfd.get(), parts_.planner.ResourceLimits(limits));
  if (error == EPERM) may_lower_ = false;
  return error == 0;
}

void ChildMaker::Discard(Child child) {
  child.process.End();
  asio::co_spawn(io_, Release(std::move(child.slot)), asio::detached);
}

// The init is not in the run's cgroup.
bool ChildMaker::MayHaveLeft(const Child& child) const {
  const std::optional<std::uint64_t> count =
      child.slot.cgroup ? child.slot.cgroup->CountProcesses() : std::nullopt;
  return count != 0;
}

// Not by waiting in the kernel: to take down memory and namespaces takes milliseconds. An init ends when all
// in its pid namespace have been reaped (pid_namespaces(7)).
asio::awaitable<void> ChildMaker::EndProcesses(Child& child) {
  Spawned& process = child.process;
  process.Kill();
  child.listener.reset();
  co_await AwaitEnd(std::move(process.pidfd));
  co_await AwaitEnd(std::move(process.init));
}

// Of a process that has been killed.
asio::awaitable<void> ChildMaker::AwaitEnd(Fd pidfd) {
  if (!pidfd) co_return;
  Waitable ended(io_.get_executor(), std::move(pidfd));
  bool waits = true;  // until it is cancelled
  while (waits && !sys::IsReady(ended.get(), POLLIN)) {
    waits = co_await ended.Wait(Waitable::Stream::wait_read);
  }
  sys::WaitForEnd(ended.get());
}

asio::awaitable<void> ChildMaker::CleanUp(Child child) {
  co_await EndProcesses(child);
  co_await Release(std::move(child.slot));
}

asio::awaitable<void> ChildMaker::Release(Slot slot) {
  if (!slot.host_scratch.empty() && !slot.keeps_scratch) co_await cleaner_.Remove(slot.host_scratch);
  parts_.slots.Give(slot);
}

// Not by waiting in the kernel: to take down the memory of many processes takes seconds.
asio::awaitable<void> ChildMaker::ReapOrphans(std::uint32_t uid) {
  const auto deadline = std::chrono::steady_clock::now() + kReapDeadline;
  asio::steady_timer pause(io_);
  for (auto next = kFirstReapPause; !sys::ReapOrphans(uid); next = std::min(2 * next, kLastReapPause)) {
    if (std::chrono::steady_clock::now() > deadline) throw Error("a process that was killed does not end");
    pause.expires_after(next);
    co_await pause.async_wait(kNoError);
  }
}

}  // namespace sandgate

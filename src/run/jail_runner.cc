// SPDX-License-Identifier: Apache-2.0
#include "run/jail_runner.h"

#include <embedded/boot.h>
#include <fmt/format.h>
#include <sched.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>

#include "base/error.h"
#include "jail/jail.h"
#include "run/diagnose.h"
#include "run/judge.h"
#include "run/supervise.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr auto kJailDeadline = std::chrono::seconds(20);

// boot.py and boot.js read this from descriptor 3.
std::string BootInput(const RunRequest& request) {
  return fmt::format("{:08x}", request.preload.size()) + request.preload + request.code;
}

// Ends and reaps a child that never got as far as user code.
void EndUnconfined(const Spawned& child) {
  for (const Fd* pidfd : {&child.pidfd, &child.init}) {
    if (!*pidfd) continue;
    sys::SendSignal(pidfd->get(), SIGKILL);
    sys::WaitForEnd(pidfd->get());
  }
}

}  // namespace

// One run, from the moment it has a worker. It lives until its processes are gone, also when the request
// that wanted it does not wait any more.
struct JailRunner::Job {
  Job(asio::io_context& io, RunRequest r)
      : request(std::move(r)), done(io, asio::steady_timer::time_point::max()) {}

  RunRequest request;
  asio::steady_timer done;  // cancelled when `finished`
  bool finished = false;
  bool abandoned = false;
  Supervisor* supervisor = nullptr;  // while the run lives
  std::optional<RunResult> result;
  std::optional<Error> error;
};

JailRunner::JailRunner(asio::io_context& io, RunnerParts parts)
    : io_(io), parts_(std::move(parts)), workers_(io, parts_.config.max_workers), idle_(io) {
  const Config& config = parts_.config;
  limits_.timeout_seconds = config.worker_timeout;
  limits_.stdout_bytes = static_cast<std::uint64_t>(config.limit_stdout_bytes);
  limits_.stderr_bytes = static_cast<std::uint64_t>(config.limit_stderr_bytes);
  limits_.memory_mb = config.limit_memory_mb;
  limits_.denied_calls = static_cast<std::uint64_t>(config.limit_denied_calls);
}

std::optional<Runner::Ticket> JailRunner::TryEnter() {
  if (*entered_ >= parts_.config.max_requests) return std::nullopt;
  return Ticket(entered_);
}

asio::awaitable<RunResult> JailRunner::Run(RunRequest request) {
  parts_.policies.Get({request.enable_network, request.profile});  // a bad profile is told before the queue
  co_await workers_.Acquire();
  if (closing_) {
    workers_.Release();
    throw Error("the server is stopping");
  }
  const auto job = std::make_shared<Job>(io_, std::move(request));
  jobs_.insert(job);
  asio::co_spawn(io_, Work(job), asio::detached);
  co_await job->done.async_wait(kNoError);
  if (!job->finished) {  // cancelled: nobody wants the result
    Abandon(*job);
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (job->error) throw *job->error;
  co_return std::move(*job->result);
}

void JailRunner::Abandon(Job& job) {
  job.abandoned = true;
  if (job.supervisor != nullptr) job.supervisor->End(Stop::kAbandoned);
}

asio::awaitable<void> JailRunner::Close() {
  closing_ = true;
  for (const auto& job : jobs_) Abandon(*job);
  while (!jobs_.empty()) {
    idle_.expires_at(asio::steady_timer::time_point::max());
    co_await idle_.async_wait(kNoError);
  }
}

asio::awaitable<void> JailRunner::Work(std::shared_ptr<Job> job) {
  try {
    const std::optional<Slot> slot = parts_.slots.Take();
    if (!slot) throw Error("no free slot for the run");
    std::optional<Error> failed;
    try {
      job->result = co_await Execute(*job, *slot);
    } catch (const Error& error) {
      failed = error;
    }
    job->supervisor = nullptr;
    ReturnSlot(*slot);
    if (failed) throw *failed;
  } catch (const Error& error) {
    job->error = error;
  } catch (const std::exception& error) {
    job->error = Error(error.what());
  }
  job->finished = true;
  job->done.cancel();
  jobs_.erase(job);
  idle_.cancel();
  workers_.Release();
}

void JailRunner::ReturnSlot(const Slot& slot) {
  try {
    parts_.slots.Give(slot);
  } catch (const Error& error) {
    parts_.log.Error("the slot of a run is lost", {{"uid", std::int64_t{slot.uid}}, {"error", error.what()}});
  }
}

Program JailRunner::MakeProgram(const RunRequest& request, const Slot& slot) const {
  const auto found = parts_.interpreters.find(request.language);
  if (found == parts_.interpreters.end()) {
    throw Error(
        fmt::format("no {} interpreter was found when the server started; see the log and `sandgate doctor`",
                    LanguageName(request.language)));
  }
  const Interpreter& interpreter = found->second;
  Program program{request.language, {}, request.enable_network};
  if (request.language == Language::kPython) {
    program.argv = {interpreter.path, "-B", "-c", std::string(embedded::kBootPy),
                    std::string(embedded::kShowUncaughtPy)};
  } else {
    // No V8 flag here: any (a heap size, say) makes V8 reject the compiled code that node carries, 8 ms a
    // start.
    program.argv = {interpreter.path, "--preserve-symlinks-main", "--require", parts_.node_boot,
                    slot.scratch + "/main.js"};
  }
  return program;
}

// Waits until the child reports that every lock is in force; returns the listener of its filter.
asio::awaitable<Fd> JailRunner::AwaitLocks(asio::posix::stream_descriptor& control, const Spawned& child) {
  asio::steady_timer deadline(io_, kJailDeadline);
  deadline.async_wait([pidfd = child.pidfd.get()](const boost::system::error_code& error) {
    if (!error) sys::SendSignal(pidfd, SIGKILL);
  });
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

asio::awaitable<void> JailRunner::EndRest(std::uint32_t uid) {
  try {
    co_await parts_.spawner.Sweep(uid);
    sys::ReapOrphans(uid);
  } catch (const Error& error) {
    parts_.log.Error("processes of a run may be left", {{"uid", std::int64_t{uid}}, {"error", error.what()}});
  }
}

void JailRunner::LogTrace(const RunResult& result) const {
  parts_.log.Info("trace", {{"run_id", result.run_id},
                            {"outcome", OutcomeName(result.outcome)},
                            {"rules", result.additions->rules.size()},
                            {"calls", result.additions->calls}});
}

asio::awaitable<RunResult> JailRunner::Execute(Job& job, const Slot& slot) {
  const std::shared_ptr<const CompiledPolicy> compiled =
      parts_.policies.Get({job.request.enable_network, job.request.profile});
  const Program program = MakeProgram(job.request, slot);
  const std::string plan = EncodePlan(parts_.planner.Make(program, slot));

  const Fd code = sys::SealedMemory("sandgate-code", BootInput(job.request));
  sys::PipeEnds out = sys::Pipe();
  sys::PipeEnds err = sys::Pipe();
  auto [ours, childs_control] = sys::SeqpacketPair();
  asio::posix::stream_descriptor control(io_, ours.release());
  control.non_blocking(true);
  const SpawnFds fds{code.get(), out.write.get(), err.write.get(), childs_control.get(),
                     compiled->filter.get()};
  Watched watched;
  watched.child = co_await parts_.spawner.Spawn(plan, fds);
  out.write.reset();
  err.write.reset();
  childs_control.reset();

  try {
    watched.listener = co_await AwaitLocks(control, watched.child);
  } catch (const Error&) {
    EndUnconfined(watched.child);
    throw;
  }
  watched.out = std::move(out.read);
  watched.err = std::move(err.read);

  const bool can_end = parts_.isolation.processes_can_be_ended();
  TraceRecorder recorder(compiled->policy, can_end ? TracedProcesses::kAllowed : TracedProcesses::kNone);
  Supervision supervision;
  supervision.limits = limits_;
  supervision.policy = &compiled->policy;
  supervision.locale = job.request.locale;
  if (job.request.trace) supervision.trace = &recorder;
  if (parts_.isolation.change_ids) supervision.uid = slot.uid;
  if (!parts_.isolation.namespaces && parts_.isolation.change_ids) {
    const bool always = compiled->allows_processes;
    supervision.end_rest = [this, uid = slot.uid, always, &recorder]() -> asio::awaitable<void> {
      if (always || recorder.started_processes()) co_await EndRest(uid);
    };
  }
  Supervisor supervisor(io_, std::move(watched), std::move(supervision));
  job.supervisor = &supervisor;
  if (job.abandoned) supervisor.End(Stop::kAbandoned);
  Evidence evidence = co_await supervisor.Wait();
  job.supervisor = nullptr;

  // The interpreter itself could not be started: our failure, not the program's.
  const sys::Received last = sys::ReceivePacket(control.native_handle(), sizeof(Report));
  if (const auto report = last.packet ? ReadReport(last.packet->bytes) : std::nullopt) {
    ThrowErrno(std::string(StepText(report->step)) + " " + program.argv[0], report->errno_value);
  }
  RunResult result = Conclude(std::move(evidence), job.request, slot);
  if (job.request.trace) {
    result.additions = recorder.Take();
    LogTrace(result);
  }
  co_return result;
}

RunResult JailRunner::Conclude(Evidence evidence, const RunRequest& request, const Slot& slot) const {
  const RunFacts facts{.config = parts_.config,
                       .isolation = parts_.isolation,
                       .read_only_paths = parts_.read_only_paths,
                       .private_paths = parts_.private_paths,
                       .language = request.language,
                       .network = request.enable_network,
                       .scratch = slot.scratch,
                       .locale = request.locale};
  Diagnose(evidence, facts);
  RunResult result = Judge(std::move(evidence), limits_, request.locale);
  result.run_id = request.run_id;
  result.isolation_mode = ModeName(parts_.isolation.mode);
  result.layers = parts_.isolation.LayersInForce();
  return result;
}

}  // namespace sandgate

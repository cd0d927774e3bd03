// SPDX-License-Identifier: Apache-2.0
#include "run/jail_runner.h"

#include <embedded/self_test.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "base/error.h"
#include "base/text.h"
#include "config/keys.h"
#include "jail/jail.h"
#include "run/diagnose.h"
#include "run/judge.h"
#include "run/supervise.h"
#include "sandbox/crowd.h"
#include "sandbox/processor_time.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr auto kSweepPause = std::chrono::milliseconds(200);
constexpr auto kSharedFor = std::chrono::seconds(1);
constexpr std::chrono::nanoseconds kNoTime{0};
constexpr auto kMoment = std::chrono::microseconds(100);  // what it takes to send an answer

double Milliseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// boot.py and boot.js read this from descriptor 3.
std::string BootInput(const RunRequest& request) {
  return fmt::format("{:08x}", request.preload.size()) + request.preload + request.code;
}

// The interpreter itself could not be started: our failure, not the program's.
void RequireThatItStarted(const Child& child) {
  const sys::Received last = sys::ReceivePacket(child.control.get(), sizeof(Report));
  if (const auto report = last.packet ? ReadReport(last.packet->bytes) : std::nullopt) {
    ThrowErrno(std::string(StepText(report->step)) + " " + child.program, report->errno_value);
  }
}

// A trace carries out what a setting could allow.
bool MayFork(const CompiledPolicy& policy, const RunRequest& request) {
  return policy.allows_processes || request.trace;
}

// Throws BadLimit, or Error where it is not the request that asks for so little.
void RequireRoomForNode(const RunRequest& request, const Limits& configured, const Isolation& isolation) {
  if (request.language != Language::kNode) return;
  const Limits in_force = request.limits ? Lowest(configured, *request.limits) : configured;
  for (const LimitRow& row : LimitRows()) {
    const std::int64_t value = in_force.*row.value;
    const bool is_in_force = row.value != &Limits::limit_processes || isolation.limits_processes();
    if (value >= row.least_of_node || !is_in_force) continue;
    const std::string text = Message(request.locale, "{}: {} is too low for Node.js, which itself needs {}",
                                     row.name(), value, row.least_of_node);
    if (value < configured.*row.value) throw BadLimit(text);
    throw Error(text);
  }
}

}  // namespace

// One run, from the moment it has a worker. It lives until its processes are gone, also when the request
// that wanted it does not wait any more.
struct JailRunner::Job {
  Job(asio::io_context& io, RunRequest r, const RunLimits& l)
      : request(std::move(r)), limits(l), done(io, asio::steady_timer::time_point::max()) {}

  RunRequest request;
  RunLimits limits;
  EnvironmentChoice environment;
  double queue_ms = 0;
  asio::steady_timer done;  // cancelled when `finished`
  bool finished = false;
  bool abandoned = false;
  Supervisor* supervisor = nullptr;  // while the run lives
  bool processes_left = false;       // what the run has forked could not be ended yet
  std::optional<RunResult> result;
  std::optional<Error> error;
};

JailRunner::JailRunner(asio::io_context& io, RunnerParts parts)
    : io_(io),
      parts_(std::move(parts)),
      workers_(io, parts_.config.max_workers),
      probe_workers_(io, 1),
      arguments_(io),
      idle_(io) {
  if (parts_.scratch_on_disk) scratch_watch_.emplace(io);
  AddKey("", 1, 0);  // whoever has a key may ask for lists of packages, as often as they like
  AddKey(std::string(kDefaultKeyName), 0, 0);
  for (const ApiKey& key : parts_.config.keys) AddKey(key.name, key.max_workers, key.max_requests);
  // A request that waits is worth more than a child for one that may come.
  parts_.parked.OnlyWhen([this] { return !closing_ && workers_.HasFree(); });
  parts_.spawners.OnChange([this](const RunEnvironment& environment) {
    parts_.parked.DropStale(environment);
    parts_.parked.Refill(environment);
  });
}

void JailRunner::AddKey(const std::string& name, std::int64_t max_workers, std::int64_t max_requests) {
  workers_.AddLane(name, max_workers);
  keys_[name].most = max_requests;
}

std::variant<Runner::Ticket, Runner::Full> JailRunner::TryEnter(const std::string& key) {
  const Bound& bound = keys_[key];
  if (bound.most > 0 && *bound.count >= bound.most) return Full::kKey;
  if (*entered_ >= parts_.config.max_requests) return Full::kServer;
  return Ticket(entered_, bound.count);
}

std::map<std::string, int> JailRunner::UnderWay() const {
  std::map<std::string, int> all;
  for (const auto& [name, bound] : keys_) all[name] = *bound.count;
  return all;
}

RunCounts JailRunner::Counts() const {
  const auto runs = [](const std::shared_ptr<Job>& job) {
    return !job->request.key.empty() && !job->finished && !job->abandoned;
  };
  RunCounts counts;
  counts.running = static_cast<int>(std::ranges::count_if(jobs_, runs));
  counts.waiting = *entered_ - counts.running;
  return counts;
}

bool JailRunner::IsShared() const {
  return jobs_.size() > 1 || std::chrono::steady_clock::now() - last_begin_ < kSharedFor;
}

Workers& JailRunner::WorkersFor(const RunRequest& request) {
  return request.worker == Worker::kOfProbe ? probe_workers_ : workers_;
}

std::shared_ptr<const CompiledPolicy> JailRunner::PolicyOf(const RunRequest& request) {
  return parts_.policies.Get({request.enable_network, request.profile});
}

// Never more than the configuration's, whoever asks.
RunLimits JailRunner::LimitsOf(const RunRequest& request, const CompiledPolicy& policy) const {
  const Limits of_server = LimitsOfServer(parts_.config, policy.allows_processes);
  const Limits configured = Lowest(of_server, request.key_limits);
  RunLimits limits{configured, configured, of_server, RunMemoryMb(parts_.config)};
  RequireRoomForNode(request, configured, parts_.isolation);
  if (request.limits) limits.in_force = Lowest(configured, *request.limits);
  const LimitRow& processes = LimitOf(&Limits::limit_processes);
  const bool lower = limits.IsLowered(processes) || limits.IsOfKey(processes);
  if (lower && !parts_.isolation.limits_processes()) {
    throw BadLimit(
        Message(request.locale, "limits.processes: this server cannot limit the processes of a run"));
  }
  return limits;
}

// One that is not ready keeps no worker waiting.
asio::awaitable<void> JailRunner::AwaitEnvironment(const RunRequest& request) {
  if (request.built || parts_.environments == nullptr) co_return;
  EnvironmentKey key{request.language, request.environment};
  co_await parts_.environments->Await(std::move(key), request.waits_for_packages, request.locale);
}

// Not before the run has a worker: another may be in use by then.
EnvironmentChoice JailRunner::EnvironmentOf(const RunRequest& request) const {
  if (request.built || parts_.environments == nullptr) return {request.built, false};
  return parts_.environments->Choose({request.language, request.environment});
}

asio::awaitable<RunResult> JailRunner::Run(RunRequest request) {
  // A bad profile is told before the queue, and a bad limit.
  const RunLimits limits = LimitsOf(request, *PolicyOf(request));
  co_await AwaitEnvironment(request);
  Workers& workers = WorkersFor(request);
  const auto asked = std::chrono::steady_clock::now();
  co_await workers.Acquire(request.key);
  if (closing_) {
    workers.Release(request.key);
    throw Stopping(Message(request.locale, "the server is stopping; the program was not run"));
  }
  const auto job = std::make_shared<Job>(io_, std::move(request), limits);
  job->queue_ms = Milliseconds(std::chrono::steady_clock::now() - asked);
  if (!jobs_.empty()) last_begin_ = std::chrono::steady_clock::now();
  jobs_.insert(job);
  job->environment = EnvironmentOf(job->request);
  asio::co_spawn(io_, Work(job), asio::detached);
  // Where a child could not be asked for at all, the job has ended by now.
  if (!job->finished) co_await job->done.async_wait(kNoError);
  if (!job->finished) {  // cancelled: nobody wants the result
    Abandon(*job);
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (job->error && closing_) {
    throw Stopping(Message(job->request.locale, "the server is stopping; the run was ended"));
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
  parts_.spawners.Close();
  for (const auto& job : jobs_) Abandon(*job);
  co_await parts_.children.Close();
  while (!jobs_.empty()) {
    idle_.expires_at(asio::steady_timer::time_point::max());
    co_await idle_.async_wait(kNoError);
  }
  co_await parts_.parked.Close();
}

asio::awaitable<void> JailRunner::Work(std::shared_ptr<Job> job) {
  const RunEnvironment environment{job->request.language, job->request.enable_network,
                                   job->environment.built};
  std::optional<Child> child;
  try {
    ChildRequest wanted{environment, PolicyOf(job->request), job->request.start, {}};
    if (job->limits.in_force != job->limits.of_server) wanted.limits = job->limits.in_force;
    child = parts_.parked.Take(wanted);
    if (!child) child.emplace(co_await parts_.children.Make(wanted));
    parts_.parked.Refill(environment);
    job->result = co_await Execute(*job, *child);
  } catch (const Error& error) {
    job->error = error;
  } catch (const std::exception& error) {
    job->error = Error(error.what());
  }
  job->finished = true;
  job->done.cancel();
  // The answer does not wait for this, the next run of the worker does.
  if (workers_.HasFree()) {
    asio::steady_timer moment(io_, kMoment);
    co_await moment.async_wait(kNoError);
  }
  try {
    if (child && job->processes_left) co_await EndLeftovers(child->slot.uid);
    if (child) co_await parts_.children.CleanUp(std::move(*child));
  } catch (const std::exception& error) {
    parts_.log.Error("the slot of a run is lost", {{"error", error.what()}});
  }
  jobs_.erase(job);
  idle_.cancel();
  WorkersFor(job->request).Release(job->request.key);
  parts_.parked.RefillAll();
}

// True when no process of `uid` is left.
asio::awaitable<bool> JailRunner::EndRest(std::uint32_t uid) {
  try {
    co_await parts_.spawners.Exec()->Sweep(uid);
    co_await parts_.children.ReapOrphans(uid);
    co_return true;
  } catch (const Error& error) {
    parts_.log.Error("processes of a run may be left", {{"uid", std::int64_t{uid}}, {"error", error.what()}});
    co_return false;
  }
}

// Until then nobody else may have the uid.
asio::awaitable<void> JailRunner::EndLeftovers(std::uint32_t uid) {
  asio::steady_timer pause(io_);
  while (!closing_) {
    pause.expires_after(kSweepPause);
    co_await pause.async_wait(kNoError);
    if (co_await EndRest(uid)) co_return;
  }
}

// What one child prints for the self-test: "sound", and lines that no other child may print.
asio::awaitable<std::vector<std::string>> JailRunner::TestOnce(RunEnvironment environment,
                                                               SpawnerLease spawner) {
  // Close() has told those that had begun, and waits for no other.
  if (closing_) throw Stopping("self-test: the server is stopping");
  RunRequest request;
  request.language = environment.language;
  request.enable_network = environment.network;
  request.code = environment.language == Language::kPython ? embedded::kSelfTestPy : embedded::kSelfTestJs;
  request.run_id = RandomHex(16);
  // Among the jobs, so that a server that stops ends it and waits for it.
  const auto shared = std::make_shared<Job>(io_, std::move(request), LimitsOf({}, *PolicyOf({})));
  shared->environment.built = environment.built;
  jobs_.insert(shared);
  const std::shared_ptr<void> listed(nullptr, [this, shared](void*) {
    jobs_.erase(shared);
    idle_.cancel();
  });
  Job& job = *shared;
  const ChildRequest wanted{environment, PolicyOf(job.request), Start::kFast, {}};
  Child child = co_await parts_.children.MakeFrom(spawner, wanted);
  std::exception_ptr failed;
  RunResult result;
  try {
    result = co_await Execute(job, child);
  } catch (...) {
    failed = std::current_exception();
  }
  co_await parts_.children.CleanUp(std::move(child));
  if (failed) std::rethrow_exception(failed);
  if (result.outcome != Outcome::kOk || !result.stdout_bytes.starts_with("sound\n") ||
      !result.stderr_bytes.empty() || !result.denied.empty()) {
    throw Error(fmt::format("self-test: {}: {}", OutcomeName(result.outcome),
                            LastLines(result.stdout_bytes + result.error)));
  }
  std::vector<std::string> lines = SplitList(result.stdout_bytes, '\n');
  lines.erase(lines.begin());
  co_return lines;
}

asio::awaitable<void> JailRunner::Test(RunEnvironment environment, SpawnerLease spawner) {
  const std::vector<std::string> first = co_await TestOnce(environment, spawner);
  const std::vector<std::string> second = co_await TestOnce(environment, spawner);
  for (const std::string& line : second) {
    if (std::find(first.begin(), first.end(), line) != first.end()) {
      throw Error("self-test: two children have the same random numbers");
    }
  }
}

// Has what the kernel does not limit by itself looked at while the run goes on.
void JailRunner::WatchUse(Supervision& supervision, const Child& child, const Job& job) {
  if (!child.slot.host_scratch.empty()) {
    supervision.scratch_watch = &scratch_watch_.value();
    supervision.scratch = child.slot.host_scratch;
  }
  if (supervision.limits.limit_cpu_seconds == 0) return;
  const pid_t first = sys::PidOf(child.process.pidfd.get());
  if (!MayFork(*child.policy, job.request)) {
    supervision.processor_time = [first] { return ProcessorTime(first).value_or(kNoTime); };
    return;
  }
  const pid_t init = child.process.init ? sys::PidOf(child.process.init.get()) : -1;
  const auto most = static_cast<std::size_t>(supervision.limits.limit_processes) + 2;
  supervision.processor_time = [first, init, most] {
    const std::array roots{first, init};
    return ProcessorTimeBelow(std::span(roots).first(init > 0 ? 2 : 1), most);
  };
}

// Hands the code over and returns when the run has ended, with all processes that it may have started.
asio::awaitable<Evidence> JailRunner::Supervise(Job& job, Child& child, TraceRecorder& recorder) {
  const CompiledPolicy& compiled = *child.policy;
  Supervision supervision;
  supervision.limits = job.limits.in_force;
  supervision.policy = &compiled.policy;
  supervision.arguments = &arguments_;
  supervision.input = BootInput(job.request);
  supervision.locale = job.request.locale;
  if (job.request.trace) supervision.trace = &recorder;
  WatchUse(supervision, child, job);
  if (!child.is_interpreter) supervision.first_exec = FirstExec::kLetThrough;
  supervision.over_when_told = !MayFork(compiled, job.request);
  supervision.counts_io = parts_.isolation.counts_io;
  if (parts_.isolation.change_ids) supervision.uid = child.slot.uid;
  if (const auto& cgroup = child.slot.cgroup) {
    supervision.memory_event = cgroup->event();
    supervision.memory_reached = [cgroup] { return cgroup->Use().memory_reached; };
    const bool forks = MayFork(compiled, job.request);
    if (!forks) supervision.give_way = [cgroup] { cgroup->GiveWay(true); };
    if (forks && cgroup->CanBeHeldBack()) {
      supervision.look_at_processes = [this, cgroup, crowd = Crowd()]() mutable {
        const bool is_crowd = crowd.Look(cgroup->Processes());
        cgroup->HoldBack(is_crowd && IsShared());
        cgroup->GiveWay(crowd.IsStill());
      };
      supervision.at_end = [cgroup] { cgroup->HoldBack(false); };  // processes end sooner
    }
  }
  // The answer waits until what the run may have started is gone; for what only we have started it does not.
  supervision.end_rest = [this, &job, &child, always = compiled.allows_processes,
                          &recorder]() -> asio::awaitable<void> {
    const bool may_start = always || recorder.started_processes();
    if (!may_start || !parts_.children.MayHaveLeft(child)) co_return;
    try {
      if (parts_.isolation.namespaces) {
        co_await parts_.children.EndProcesses(child);
      } else if (parts_.isolation.change_ids) {
        job.processes_left = !co_await EndRest(child.slot.uid);
      }
    } catch (const std::exception& error) {
      parts_.log.Error("processes of a run may be left", {{"error", error.what()}});
    }
  };
  Watched watched{std::move(child.process.pidfd), std::move(child.code), std::move(child.out),
                  std::move(child.err), std::move(child.listener)};
  Supervisor supervisor(io_, std::move(watched), std::move(supervision));
  job.supervisor = &supervisor;
  const std::shared_ptr<void> known(nullptr, [&job](void*) { job.supervisor = nullptr; });
  if (job.abandoned) supervisor.End(Stop::kAbandoned);
  Evidence evidence = co_await supervisor.Wait();
  child.process.pidfd = supervisor.TakeProcess();
  child.listener = supervisor.TakeListener();
  co_return evidence;
}

void JailRunner::LogTrace(const RunResult& result) const {
  parts_.log.Info("trace", {{"run_id", result.run_id},
                            {"outcome", OutcomeName(result.outcome)},
                            {"rules", result.additions->rules.size()},
                            {"calls", result.additions->calls}});
}

asio::awaitable<RunResult> JailRunner::Execute(Job& job, Child& child) {
  const bool can_end = parts_.isolation.processes_can_be_ended();
  TraceRecorder recorder(child.policy->policy, can_end ? TracedProcesses::kAllowed : TracedProcesses::kNone);
  Evidence evidence = co_await Supervise(job, child, recorder);
  if (evidence.stop == Stop::kAbandoned) throw Error("nobody waits for the run any more");
  if (child.slot.cgroup) evidence.cgroup = child.slot.cgroup->Use();
  RequireThatItStarted(child);
  RunResult result = Conclude(std::move(evidence), job, child.slot);
  if (job.request.trace) {
    result.additions = recorder.Take();
    LogTrace(result);
  }
  co_return result;
}

std::function<PackageState(const std::string&)> JailRunner::PackageStates(const RunRequest& request) const {
  if (request.built || parts_.environments == nullptr) return nullptr;
  return [environments = parts_.environments, key = EnvironmentKey{request.language, request.environment}](
             const std::string& package) { return environments->StateOf(key, package); };
}

RunResult JailRunner::Conclude(Evidence evidence, const Job& job, const Slot& slot) const {
  const RunRequest& request = job.request;
  const RunFacts facts{.config = parts_.config,
                       .limits = job.limits,
                       .isolation = parts_.isolation,
                       .read_only_paths = parts_.read_only_paths,
                       .private_paths = parts_.private_paths,
                       .language = request.language,
                       .network = request.enable_network,
                       .scratch = slot.scratch,
                       .program = request.code,
                       .locale = request.locale,
                       .packages_failed = job.environment.failed,
                       .environment = request.environment,
                       .package_state = PackageStates(request)};
  Diagnose(evidence, facts);
  const ProcessUse use = evidence.use;
  RunResult result = Judge(std::move(evidence), job.limits, request.locale);
  result.usage.queue_ms = job.queue_ms;
  if (parts_.isolation.counts_io) {
    result.usage.read_bytes = use.read_bytes;
    result.usage.written_bytes = use.written_bytes;
  }
  result.run_id = request.run_id;
  result.isolation_mode = ModeName(parts_.isolation.mode);
  result.layers = parts_.isolation.LayersInForce();
  return result;
}

}  // namespace sandgate

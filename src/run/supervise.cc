// SPDX-License-Identifier: Apache-2.0
#include "run/supervise.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>

#include "base/sys.h"
#include "policy/decode.h"

namespace sandgate {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxDenials = 64;                // distinct ones told in a reply
constexpr std::uint64_t kDecodedDenials = 256;         // after so many, arguments are not looked at any more
constexpr auto kQuiet = std::chrono::milliseconds(2);  // whoever ends by then is watched less
// A run of no more goes first.
constexpr auto kShort = std::chrono::milliseconds(50);
constexpr std::size_t kLittleOutput = 256 << 10;
constexpr std::uint64_t kFewDenials = 32;
constexpr auto kProcessesPause = std::chrono::milliseconds(20);
constexpr auto kMemoryPause = std::chrono::milliseconds(10);
constexpr int kNotificationsAtOnce = 64;                    // then the loop serves others
constexpr int kReadsAtOnce = 2;                             // the same
constexpr auto kLeastLook = std::chrono::milliseconds(20);  // between two looks at the processor time
constexpr std::chrono::steady_clock::duration kScratchPause = std::chrono::milliseconds(250);
constexpr std::chrono::steady_clock::duration kLongestPause = std::chrono::seconds(2);
constexpr int kFailedLooks = 2;   // in a row: the run keeps its directory from being measured
constexpr int kScratchShare = 4;  // a pause is at least so many times as long as a look

}  // namespace

Supervisor::Supervisor(asio::io_context& io, Watched watched, Supervision supervision)
    : supervision_(std::move(supervision)),
      may_exec_(supervision_.first_exec == FirstExec::kLetThrough),
      started_(std::chrono::steady_clock::now()),
      pidfd_(io.get_executor(), std::move(watched.pidfd)),
      listener_(io.get_executor(), std::move(watched.listener)),
      code_(io.get_executor(), std::move(watched.code)),
      out_{Waitable(io.get_executor(), std::move(watched.out)),
           {},
           static_cast<std::uint64_t>(supervision_.limits.limit_stdout_bytes),
           Stop::kStdoutLimit},
      err_{Waitable(io.get_executor(), std::move(watched.err)),
           {},
           static_cast<std::uint64_t>(supervision_.limits.limit_stderr_bytes),
           Stop::kStderrLimit},
      quiet_(io, started_ + kQuiet),
      deadline_(io) {}

Supervisor::~Supervisor() {
  if (const Fd process = TakeProcess()) {
    sys::SendSignal(process.get(), SIGKILL);
    sys::WaitForEnd(process.get());
  }
}

Fd Supervisor::TakeProcess() {
  Fd process = pidfd_.Release();
  if (reaped_) process.reset();
  return process;
}

void Supervisor::End(Stop reason) {
  if (stop_ == Stop::kNone) stop_ = reason;
  AtEnd();
  if (!exited_) sys::SendSignal(pidfd_.get(), SIGKILL);
}

asio::awaitable<void> Supervisor::WatchExit() {
  while (!told_ && !reaped_) {
    if (const auto exit = sys::Reap(pidfd_.get())) {
      signalled_ = exit->code != CLD_EXITED;
      status_ = exit->status;
      use_ = UseOf(exit->usage);
      reaped_ = true;
    } else {
      co_await pidfd_.Wait(Stream::wait_read);
    }
  }
  exited_ = true;
  AtEnd();
  if (supervision_.end_rest) co_await supervision_.end_rest();
  all_ended_ = true;            // what the pipes hold, or held then, is all there is
  quiet_.expires_at(started_);  // is over
  for (Waitable* pipe : {&out_.pipe, &err_.pipe, &code_}) pipe->Cancel();
}

// True when nothing more of it counts, at end of file, or when the limit is reached. Of a run that still
// writes not all, if it writes as fast as this reads: others have their turn.
bool Supervisor::ReadAvailable(Output& output) {
  std::array<char, 65536> buffer;
  for (int turn = 0; all_ended_ || turn < kReadsAtOnce; ++turn) {
    const ssize_t n =
        ::read(output.pipe.get(), buffer.data(), std::min<std::uint64_t>(buffer.size(), output.rest));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) return true;
    output.rest -= static_cast<std::uint64_t>(n);
    const std::uint64_t room = output.limit - output.bytes.size();
    output.bytes.append(buffer.data(), std::min<std::uint64_t>(room, static_cast<std::uint64_t>(n)));
    if (static_cast<std::uint64_t>(n) > room) {
      End(output.over);
      return true;
    }
    if (output.bytes.size() > kLittleOutput) GiveWay();
    if (!all_ended_ && static_cast<std::size_t>(n) < buffer.size()) return false;
  }
  return false;
}

asio::awaitable<void> Supervisor::ReadOutput(Output& output) {
  while (!all_ended_) {
    if (ReadAvailable(output)) co_return;
    co_await output.pipe.Wait(Stream::wait_read);
  }
  ReadAvailable(output);
}

asio::awaitable<void> Supervisor::ReadOutputs() {
  co_await quiet_.async_wait(kNoError);
  if (!all_ended_) {
    co_await (ReadOutput(out_) && ReadOutput(err_));
  } else {
    ReadAvailable(out_);
    ReadAvailable(err_);
  }
}

void Supervisor::CountAgain(std::vector<Denial>::iterator known) {
  ++known->count;
  std::rotate(known, known + 1, denied_.end());  // the last one is the latest
}

// With the latest entry of the same call, whatever its arguments: costs no look into the run's memory.
bool Supervisor::CountWithoutArguments(const RefusedCall& call) {
  const auto same = std::find_if(denied_.rbegin(), denied_.rend(),
                                 [&](const Denial& other) { return other.number == call.number; });
  if (same == denied_.rend()) return false;
  CountAgain(same.base() - 1);
  return true;
}

// The code of the run. A child that has ended without reading all of it is told by its exit.
asio::awaitable<void> Supervisor::WriteInput() {
  std::string_view rest = supervision_.input;
  while (!rest.empty() && !exited_) {
    const ssize_t n = ::write(code_.get(), rest.data(), rest.size());
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
    if (n >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) break;
    co_await code_.Wait(Stream::wait_write);
  }
  code_.Close();
}

// What its arguments point to is told unless a look into the run's memory has once taken too long.
asio::awaitable<void> Supervisor::RecordDenial(Notification notification) {
  const RefusedCall& call = notification.call;
  std::optional<DecodedCall> decoded;
  if (!memory_is_slow_) {
    decoded = co_await supervision_.arguments->Read(listener_.get(), notification, supervision_.uid);
    memory_is_slow_ = !decoded;
  }
  if (!decoded) decoded = DecodeArguments(call, nullptr);
  Denial denial = Explain(*supervision_.policy, call, *decoded, supervision_.locale);
  const auto alike = std::find_if(denied_.begin(), denied_.end(), [&](const Denial& other) {
    return other.syscall == denial.syscall && other.args == denial.args;
  });
  if (alike != denied_.end()) {
    CountAgain(alike);
  } else if (denied_.size() < kMaxDenials) {
    denied_.push_back(std::move(denial));
  }
}

asio::awaitable<void> Supervisor::HandleNotification() {
  const int listener = listener_.get();
  const std::optional<Notification> notification = ReceiveNotification(listener);
  if (!notification) co_return;
  // The first execve is ours: it was prepared by the spawner, no byte of user code has been read yet.
  if (may_exec_ && IsExecve(notification->call)) {
    may_exec_ = false;
    LetCallGoOn(listener, notification->id);
  } else if (!IsToldEnd(notification->call)) {
    co_await Answer(*notification);
  } else if (!TakeToldEnd(*notification)) {
    LetCallGoOn(listener, notification->id);
  }
}

// What it tells is in the registers of a thread that waits. Taken of the first thread only, as a process has
// its number, and where nothing is missing that the end itself would tell. Of what other threads still write
// nothing is seen.
bool Supervisor::TakeToldEnd(const Notification& notification) {
  if (!supervision_.over_when_told || told_) return false;
  const auto use = UseOf(notification.pid, supervision_.uid, supervision_.counts_io);
  if (!use || !StillWaits(listener_.get(), notification.id)) return false;
  sys::SendSignal(pidfd_.get(), SIGKILL);
  for (Output* output : {&out_, &err_}) output->rest = sys::Readable(output->pipe.get());
  use_ = *use;
  status_ = static_cast<int>(notification.call.args[0] & 0xff);
  told_ = true;
  pidfd_.Cancel();
  return true;
}

// In a trace a call is carried out when a setting could allow it. It was chosen by the numbers in its
// registers, which nobody but a tracer can change while the call waits, and no run may trace.
asio::awaitable<void> Supervisor::Answer(Notification notification) {
  const int listener = listener_.get();
  const RefusedCall& call = notification.call;
  if (supervision_.trace != nullptr && ++traced_calls_ >= kMaxTracedCalls) End(Stop::kTracedLimit);
  if (supervision_.trace != nullptr && supervision_.trace->Permits(call)) {
    LetCallGoOn(listener, notification.id);
    co_return;
  }
  const bool decode = denied_calls_++ < kDecodedDenials;
  if (denied_calls_ == kFewDenials) GiveWay();
  if (decode || (!CountWithoutArguments(call) && denied_.size() < kMaxDenials)) {
    co_await RecordDenial(notification);
  }
  // Before the answer, or the run could make another call meanwhile.
  const bool limited = supervision_.trace == nullptr;
  if (limited && denied_calls_ >= static_cast<std::uint64_t>(supervision_.limits.limit_denied_calls))
    End(Stop::kDeniedLimit);
  const bool unknown = supervision_.policy->Evaluate(call, nullptr) == Verdict::kUnknown;
  RefuseCall(listener, notification.id, unknown ? ENOSYS : EPERM);
}

asio::awaitable<void> Supervisor::ServeListener() {
  for (;;) {
    const bool may_be_ready = co_await listener_.Wait(Stream::wait_read);
    if (!may_be_ready) co_return;
    for (int i = 0; i < kNotificationsAtOnce && sys::IsReady(listener_.get(), POLLIN); ++i) {
      co_await HandleNotification();
    }
    if (!sys::IsReady(listener_.get(), POLLIN) && sys::IsReady(listener_.get(), POLLHUP)) break;
  }
  co_await Forever();  // no process of the run is left to make calls
}

// Whoever waits for one of several to end first goes on waiting.
asio::awaitable<void> Supervisor::Forever() {
  asio::steady_timer never(deadline_.get_executor(), asio::steady_timer::time_point::max());
  co_await never.async_wait(kNoError);
}

// Zero or less when it is used up; as good as endless where it is not limited.
std::chrono::nanoseconds Supervisor::ProcessorTimeLeft() const {
  const std::int64_t limit = supervision_.limits.limit_cpu_seconds;
  if (limit == 0 || !supervision_.processor_time) return std::chrono::hours(24);
  return std::chrono::seconds(limit) - supervision_.processor_time();
}

void Supervisor::AtEnd() {
  if (supervision_.at_end) std::exchange(supervision_.at_end, {})();
}

void Supervisor::GiveWay() {
  if (supervision_.give_way) std::exchange(supervision_.give_way, {})();
}

// Looks at the processor time when it could be used up at the earliest.
asio::awaitable<void> Supervisor::WatchDeadline() {
  static const unsigned kProcessors = sys::Processors();
  const auto end = started_ + std::chrono::seconds(supervision_.limits.worker_timeout);
  while (!exited_) {
    const auto left = ProcessorTimeLeft();
    if (left.count() <= 0) End(Stop::kCpuLimit);
    const auto pause = std::max<std::chrono::nanoseconds>(left / kProcessors, kLeastLook);
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) End(Stop::kTimeout);
    if (stop_ != Stop::kNone) break;
    const bool is_short = now < started_ + kShort;
    if (!is_short) GiveWay();
    deadline_.expires_at(std::min({end, now + pause, is_short ? started_ + kShort : end}));
    const auto [cancelled] = co_await deadline_.async_wait(kNoError);
    if (cancelled) co_return;
  }
  co_await Forever();
}

asio::awaitable<void> Supervisor::WatchProcesses() {
  asio::steady_timer pause(deadline_.get_executor());
  while (supervision_.look_at_processes && !exited_ && stop_ == Stop::kNone) {
    pause.expires_after(kProcessesPause);
    const auto [cancelled] = co_await pause.async_wait(kNoError);
    if (cancelled) co_return;
    // Not after AtEnd(), which would be undone.
    if (!exited_ && stop_ == Stop::kNone) supervision_.look_at_processes();
  }
  co_await Forever();
}

asio::awaitable<void> Supervisor::WatchScratch() {
  asio::steady_timer pause(deadline_.get_executor());
  auto length = kScratchPause;
  int failed = 0;
  while (supervision_.scratch_watch != nullptr && !exited_ && stop_ == Stop::kNone) {
    pause.expires_after(length);
    const auto [cancelled] = co_await pause.async_wait(kNoError);
    if (cancelled) co_return;
    const ScratchLook look =
        co_await supervision_.scratch_watch->Look(supervision_.scratch, supervision_.limits);
    failed = look.failed ? failed + 1 : 0;
    const Stop stop = failed >= kFailedLooks ? Stop::kScratchSize : look.stop;
    if (stop != Stop::kNone && !exited_) End(stop);
    length = std::clamp(kScratchShare * look.time, kScratchPause, kLongestPause);
  }
  co_await Forever();
}

// The event also comes for a limit around the server, and before the kernel has chosen whom to end.
asio::awaitable<void> Supervisor::WatchMemory() {
  if (supervision_.memory_event >= 0 && !exited_) {
    // Without a descriptor for it, it is looked at in turns from the beginning.
    if (Fd copy(::fcntl(supervision_.memory_event, F_DUPFD_CLOEXEC, 0)); copy) {
      Waitable event(deadline_.get_executor(), std::move(copy));
      const bool may_be_reached = co_await event.Wait(Stream::wait_read);
      if (!may_be_reached) co_return;
    }
    asio::steady_timer pause(deadline_.get_executor());
    while (!supervision_.memory_reached()) {
      pause.expires_after(kMemoryPause);
      const auto [ended] = co_await pause.async_wait(kNoError);
      if (ended) co_return;
    }
    if (!exited_) End(Stop::kRunMemory);
  }
  co_await Forever();
}

// A run that is not watched in every way is ended. When all has ended, those who still watch are cancelled,
// and may throw that.
void Supervisor::Fail() {
  if (all_ended_ || failed_) return;
  try {
    throw;
  } catch (const asio::multiple_exceptions& all) {
    failed_ = all.first_exception();
  } catch (...) {
    failed_ = std::current_exception();
  }
  End(Stop::kAbandoned);
}

// `||` would wait for the others where one throws, and the run for nobody.
asio::awaitable<void> Supervisor::Keep(asio::awaitable<void> watching) {
  try {
    co_await std::move(watching);
    co_return;
  } catch (...) {
    Fail();
  }
  co_await Forever();
}

asio::awaitable<void> Supervisor::WatchRun() {
  try {
    co_await (WriteInput() && WatchExit() && ReadOutputs());
  } catch (...) {
    Fail();
  }
  if (!all_ended_) co_await WatchExit();
}

// What no run is ended for so early that it would have to be watched before.
asio::awaitable<void> Supervisor::WatchLimits() {
  co_await quiet_.async_wait(kNoError);
  if (!all_ended_) {
    co_await (Keep(WatchDeadline()) || Keep(WatchScratch()) || Keep(WatchProcesses()) || Keep(WatchMemory()));
  } else {
    co_await Forever();  // whoever reads its output would be cancelled if this ended first
  }
}

asio::awaitable<Evidence> Supervisor::Wait() {
  co_await (WatchRun() || Keep(ServeListener()) || Keep(WatchLimits()));
  if (failed_) std::rethrow_exception(failed_);
  Evidence evidence;
  evidence.wall_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started_).count();
  evidence.stop = stop_;
  evidence.signalled = signalled_;
  evidence.status = status_;
  evidence.use = use_;
  evidence.stdout_bytes = std::move(out_.bytes);
  evidence.stderr_bytes = std::move(err_.bytes);
  evidence.denied = std::move(denied_);
  co_return evidence;
}

}  // namespace sandgate

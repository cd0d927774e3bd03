// SPDX-License-Identifier: Apache-2.0
// The form of `error` is what clients of this API know: "process exited with code N", a line "error: ..."
// for what the sandbox did, then the program's stderr. Ours adds a sentence that names limit and setting, in
// the reader's language; the lines that clients know stay as they are.
#include "run/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>

#include "base/text.h"

namespace sandgate {

namespace {

constexpr int kEndedByUs = -1;

// What V8 says of memory that it could not have, before it ends the process, and in what a program can catch.
constexpr std::string_view kFatal[] = {
    "JavaScript heap out of memory",
    "Fatal process out of memory",
    "Fatal JavaScript out of memory",
    "instance of 'std::bad_alloc'",
    "Check failed: reservation_.SetPermissions(",  // Node.js 18
};
constexpr std::string_view kThrown[] = {
    "RangeError: Array buffer allocation failed",
    "RangeError: WebAssembly.Memory(): could not allocate memory",
    "RangeError: WebAssembly.Memory.grow(): Unable to grow instance memory",
    "DataCloneError: Data cannot be cloned, out of memory.",
};

std::string SignalText(int signal) {
  const char* name = sigabbrev_np(signal);
  const char* description = sigdescr_np(signal);
  if (name == nullptr || description == nullptr) return fmt::format("signal {}", signal);
  return fmt::format("{} (SIG{})", ToLower(description), name);
}

// The last line that says something: Python prints the exception there.
std::string_view LastLine(std::string_view text) {
  text = Trim(text);
  const std::size_t newline = text.rfind('\n');
  return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

// Node.js ends `err` with the exception that nobody caught, its frames and a line with its version: true
// where that exception is `exception`.
bool EndsNode(std::string_view err, std::string_view exception) {
  const std::size_t version = err.rfind("\n\nNode.js v");
  if (version == std::string_view::npos) return false;
  std::string_view shown = Trim(err.substr(0, version));
  while (Trim(LastLine(shown)).starts_with("at ")) {
    shown.remove_suffix(LastLine(shown).size());
    shown = Trim(shown);
  }
  return LastLine(shown) == exception;
}

bool ReachedRunMemory(const Evidence& evidence) {
  return evidence.stop == Stop::kRunMemory || evidence.cgroup.memory_reached;
}

double CpuMilliseconds(const Evidence& evidence) {
  return std::chrono::duration<double, std::milli>(evidence.use.processor_time).count();
}

// The kernel's own end of a process (RLIMIT_CPU), which it tells by a signal only.
bool UsedUpProcessorTime(const Evidence& evidence, const Limits& limits) {
  constexpr double kTick = 10;  // the kernel's accounts are that coarse
  const bool killed = evidence.signalled && (evidence.status == SIGKILL || evidence.status == SIGXCPU);
  return killed && limits.limit_cpu_seconds > 0 &&
         CpuMilliseconds(evidence) + kTick >= 1e3 * static_cast<double>(limits.limit_cpu_seconds);
}

Outcome OutcomeOf(const Evidence& evidence, const Limits& limits) {
  switch (evidence.stop) {
    case Stop::kTimeout:
      return Outcome::kTimeout;
    case Stop::kStdoutLimit:
    case Stop::kStderrLimit:
      return Outcome::kOutputLimit;
    case Stop::kDeniedLimit:
    case Stop::kTracedLimit:
      return Outcome::kDeniedLimit;
    case Stop::kCpuLimit:
      return Outcome::kCpuLimit;
    case Stop::kScratchSize:
    case Stop::kScratchFiles:
      return Outcome::kDiskLimit;
    case Stop::kRunMemory:
      return Outcome::kOutOfMemory;
    case Stop::kAbandoned:
    case Stop::kNone:
      break;
  }
  if (ReachedRunMemory(evidence) || SaysOutOfMemory(evidence)) return Outcome::kOutOfMemory;
  if (UsedUpProcessorTime(evidence, limits)) return Outcome::kCpuLimit;
  if (evidence.signalled) return Outcome::kSignal;
  return evidence.status == 0 ? Outcome::kOk : Outcome::kFailed;
}

// The limit that ended a run; null where none did, or where it is no setting.
const LimitRow* LimitThatEnded(Outcome outcome, Stop stop) {
  switch (outcome) {
    case Outcome::kTimeout:
      return &LimitOf(&Limits::worker_timeout);
    case Outcome::kOutputLimit:
      return &LimitOf(stop == Stop::kStdoutLimit ? &Limits::limit_stdout_bytes : &Limits::limit_stderr_bytes);
    case Outcome::kOutOfMemory:
      return &LimitOf(&Limits::limit_memory_mb);
    case Outcome::kDeniedLimit:
      return stop == Stop::kTracedLimit ? nullptr : &LimitOf(&Limits::limit_denied_calls);
    case Outcome::kCpuLimit:
      return &LimitOf(&Limits::limit_cpu_seconds);
    case Outcome::kDiskLimit:
      return &LimitOf(stop == Stop::kScratchSize ? &Limits::limit_scratch_mb : &Limits::limit_scratch_files);
    case Outcome::kSignal:
    case Outcome::kOk:
    case Outcome::kFailed:
      break;
  }
  return nullptr;
}

// Where the limit stands: "limits.memory_mb in conf/config.yaml".
std::string SettingText(const LimitRow& row, const RunLimits& limits, Locale locale) {
  if (limits.IsLowered(row)) return Message(locale, "{} of the request", row.name());
  if (limits.IsOfKey(row)) {
    return Message(locale, "{} of the API key, below keys in conf/config.yaml", row.name());
  }
  const std::string_view variable = OptionOf(row).env;
  if (variable.empty()) return Message(locale, "{} in conf/config.yaml", row.setting);
  return Message(locale, "{} in conf/config.yaml (environment {})", row.setting, variable);
}

// Of one of the limits of LimitThatEnded; `setting` is where it stands.
std::string LimitSentence(const Evidence& evidence, Outcome outcome, std::int64_t value,
                          const std::string& setting, Locale locale) {
  switch (outcome) {
    case Outcome::kTimeout:
      return Message(locale,
                     "The run was ended after {} s, the limit for one run; it is {}. Time in the queue does "
                     "not count.",
                     value, setting);
    case Outcome::kOutputLimit:
      return Message(locale, "{} reached {} bytes and was cut there; the limit is {}.",
                     evidence.stop == Stop::kStdoutLimit ? "stdout" : "stderr", value, setting);
    case Outcome::kOutOfMemory:
      return Message(locale,
                     "The run needed more memory than it may have: memory limit {} MiB reached; it is {}.",
                     value, setting);
    case Outcome::kCpuLimit:
      return Message(locale, "The run was ended when it had used {} s of processor time; the limit is {}.",
                     value, setting);
    case Outcome::kDiskLimit:
      if (evidence.stop == Stop::kScratchSize) {
        return Message(
            locale, "The run was ended because its scratch directory held more than {} MiB; the limit is {}.",
            value, setting);
      }
      return Message(locale,
                     "The run was ended because its scratch directory held more than {} files and folders; "
                     "the limit is {}.",
                     value, setting);
    default:
      return Message(locale, "The run was ended after {} refused calls; the limit is {}.", value, setting);
  }
}

std::string_view LimitHeadline(Outcome outcome) {
  switch (outcome) {
    case Outcome::kTimeout:
      return "timeout";
    case Outcome::kOutputLimit:
      return "output limit";
    case Outcome::kOutOfMemory:
      return kMemoryHeadline;
    case Outcome::kCpuLimit:
      return "cpu limit";
    case Outcome::kDiskLimit:
      return "disk limit";
    default:
      return "too many refused system calls";
  }
}

// Of the run as a whole.
std::string RunMemoryText(const RunLimits& limits, Locale locale) {
  return "error: out of memory\n" +
         Message(locale,
                 "memory limit {} MiB reached (limits.run_memory_mb): the run as a whole, with all its "
                 "processes, shared memory and files in memory, needed more.",
                 limits.run_memory_mb);
}

std::string TracedLimitText(Locale locale) {
  return "error: too many traced system calls\n" +
         Message(locale,
                 "The trace was ended after {} calls that the policy refuses; trace a shorter program.",
                 kMaxTracedCalls);
}

// A line "error: ..." and a sentence, for a run that a limit or a signal ended.
std::string EndText(Outcome outcome, const Evidence& evidence, const RunLimits& limits, Locale locale) {
  if (outcome == Outcome::kOutOfMemory && ReachedRunMemory(evidence)) return RunMemoryText(limits, locale);
  if (const LimitRow* row = LimitThatEnded(outcome, evidence.stop)) {
    return fmt::format("error: {}\n{}", LimitHeadline(outcome),
                       LimitSentence(evidence, outcome, limits.in_force.*row->value,
                                     SettingText(*row, limits, locale), locale));
  }
  if (evidence.stop == Stop::kTracedLimit) return TracedLimitText(locale);
  if (outcome != Outcome::kSignal) return "";
  return fmt::format("error: signal: {}\n{}", SignalText(evidence.status),
                     Translate(locale, "The program was ended by that signal, not by a limit."));
}

// Of the limit that ended the run or, where it failed because of one, of that which its last denial names.
std::optional<LimitHit> HitOf(Outcome outcome, const Evidence& evidence, const RunLimits& limits) {
  if (outcome == Outcome::kOutOfMemory && ReachedRunMemory(evidence)) {
    return LimitHit{"limits.run_memory_mb", limits.run_memory_mb, "limits.run_memory_mb", fix_in::kConfig};
  }
  const LimitRow* row = LimitThatEnded(outcome, evidence.stop);
  const bool failed = outcome == Outcome::kFailed || outcome == Outcome::kSignal;
  if (failed && !evidence.denied.empty()) {
    const Denial& last = evidence.denied.back();
    const bool limited = last.layer == "rlimit" || last.layer == "scratch";
    const auto named = std::ranges::find(LimitRows(), last.object, &LimitRow::setting);
    if (limited && named != LimitRows().end()) row = &*named;
  }
  if (row == nullptr) return std::nullopt;
  const std::int64_t value = limits.in_force.*row->value;
  if (limits.IsLowered(*row)) return LimitHit{row->name(), value, row->name(), fix_in::kRequest};
  return LimitHit{row->name(), value, limits.IsOfKey(*row) ? "keys" : std::string(row->setting),
                  fix_in::kConfig};
}

// The refusal that an author most likely meets is the last one.
std::string DeniedText(const Evidence& evidence, Locale locale) {
  if (evidence.denied.empty()) return "";
  const Denial& last = evidence.denied.back();
  const std::string sentence = DenialSentence(last, locale);
  if (evidence.went_on) return "note: refused before; this may be why it failed\n" + sentence;
  const std::string_view headline =
      last.headline.empty() ? "operation not permitted" : std::string_view(last.headline);
  return fmt::format("error: {}\n{}", headline, sentence);
}

// True where the last denial tells what ended the run: then it need not be told twice.
bool EndIsDenial(const RunResult& result, const Evidence& evidence) {
  if (evidence.denied.empty()) return false;
  const std::string& headline = evidence.denied.back().headline;
  return (result.outcome == Outcome::kOutOfMemory && headline == kMemoryHeadline) ||
         (result.outcome == Outcome::kSignal && headline == kFileSizeHeadline);
}

std::string ErrorText(const RunResult& result, const Evidence& evidence, const RunLimits& limits,
                      Locale locale) {
  std::string text = fmt::format("process exited with code {}", result.exit_code);
  if (!EndIsDenial(result, evidence)) {
    const std::string end = EndText(result.outcome, evidence, limits, locale);
    if (!end.empty()) text += '\n' + end;
  }
  if (const std::string denied = DeniedText(evidence, locale); !denied.empty()) text += '\n' + denied;
  const bool bare = text.find('\n') == std::string::npos;
  if (!bare || !evidence.stderr_bytes.empty()) text += '\n';
  return text + evidence.stderr_bytes;
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kSignal:
      return "signal";
    case Outcome::kTimeout:
      return "timeout";
    case Outcome::kOutputLimit:
      return "output_limit";
    case Outcome::kOutOfMemory:
      return "out_of_memory";
    case Outcome::kDeniedLimit:
      return "denied_limit";
    case Outcome::kCpuLimit:
      return "cpu_limit";
    case Outcome::kDiskLimit:
      return "disk_limit";
  }
  return "unknown";
}

bool SaysOutOfMemory(const Evidence& evidence) {
  const std::string_view err = evidence.stderr_bytes;
  if (!evidence.signalled && evidence.status == 0) return false;
  const std::string_view last = LastLine(err);
  if (last == "MemoryError" || last.starts_with("MemoryError: ") || last.ends_with(": std::bad_alloc"))
    return true;
  if (last.find("ArrayMemoryError: ") != std::string_view::npos) return true;
  // V8 ends the process; a program that only speaks of that has a status.
  if (evidence.signalled) {
    return std::ranges::any_of(
        kFatal, [&](std::string_view words) { return err.find(words) != std::string_view::npos; });
  }
  return std::ranges::any_of(kThrown, [&](std::string_view exception) { return EndsNode(err, exception); });
}

RunResult Judge(Evidence evidence, const RunLimits& limits, Locale locale) {
  RunResult result;
  result.outcome = OutcomeOf(evidence, limits.in_force);
  result.limit = HitOf(result.outcome, evidence, limits);
  const bool ended_by_us = evidence.stop != Stop::kNone;
  result.exit_code = ended_by_us || evidence.signalled ? kEndedByUs : evidence.status;
  result.usage.wall_ms = evidence.wall_ms;
  result.usage.cpu_ms = CpuMilliseconds(evidence);
  result.usage.max_rss_bytes = evidence.use.max_rss_bytes;
  result.usage.peak_memory_bytes = evidence.cgroup.peak_memory_bytes;
  result.usage.peak_processes = evidence.cgroup.peak_processes;
  if (result.outcome != Outcome::kOk) result.error = ErrorText(result, evidence, limits, locale);
  result.stdout_bytes = std::move(evidence.stdout_bytes);
  result.stderr_bytes = std::move(evidence.stderr_bytes);
  result.denied = std::move(evidence.denied);
  return result;
}

}  // namespace sandgate

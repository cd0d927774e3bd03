// SPDX-License-Identifier: Apache-2.0
// The form of `error` is what clients of this API know: "process exited with code N", a line "error: ..."
// for what the sandbox did, then the program's stderr. Ours adds a sentence that names limit and setting, in
// the reader's language; the lines that clients know stay as they are.
#include "run/judge.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

#include "base/text.h"

namespace sandgate {

namespace {

constexpr int kEndedByUs = -1;

double Milliseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

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

Outcome OutcomeOf(const Evidence& evidence) {
  switch (evidence.stop) {
    case Stop::kTimeout:
      return Outcome::kTimeout;
    case Stop::kStdoutLimit:
    case Stop::kStderrLimit:
      return Outcome::kOutputLimit;
    case Stop::kDeniedLimit:
    case Stop::kTracedLimit:
      return Outcome::kDeniedLimit;
    case Stop::kRunMemory:
      return Outcome::kOutOfMemory;
    case Stop::kAbandoned:
    case Stop::kNone:
      break;
  }
  if (ReachedRunMemory(evidence) || SaysOutOfMemory(evidence)) return Outcome::kOutOfMemory;
  if (evidence.signalled) return Outcome::kSignal;
  return evidence.status == 0 ? Outcome::kOk : Outcome::kFailed;
}

std::string OutputLimitText(Stop stop, const RunLimits& limits, Locale locale) {
  const bool out = stop == Stop::kStdoutLimit;
  const char* stream = out ? "stdout" : "stderr";
  return "error: output limit\n" +
         Message(
             locale,
             "{0} reached {1} bytes and was cut there; the limit is limits.{0}_bytes in conf/config.yaml.",
             stream, out ? limits.stdout_bytes : limits.stderr_bytes);
}

std::string TimeoutText(const RunLimits& limits, Locale locale) {
  return "error: timeout\n" +
         Message(locale,
                 "The run was ended after {} s, the limit for one run; it is worker_timeout in "
                 "conf/config.yaml (environment WORKER_TIMEOUT). Time in the queue does not count.",
                 limits.timeout_seconds);
}

std::string MemoryText(const RunLimits& limits, Locale locale) {
  return "error: out of memory\n" +
         Message(locale,
                 "The run needed more than its memory limit of {} MiB; it is limits.memory_mb in "
                 "conf/config.yaml.",
                 limits.memory_mb);
}

// Of the run as a whole.
std::string RunMemoryText(const RunLimits& limits, Locale locale) {
  return "error: out of memory\n" +
         Message(locale,
                 "memory limit {} MiB reached (limits.run_memory_mb): the run as a whole, with all its "
                 "processes, shared memory and files in memory, needed more.",
                 limits.run_memory_mb);
}

std::string DeniedLimitText(const RunLimits& limits, Locale locale) {
  return "error: too many refused system calls\n" +
         Message(locale,
                 "The run was ended after {} refused calls; the limit is limits.denied_calls in "
                 "conf/config.yaml.",
                 limits.denied_calls);
}

std::string TracedLimitText(Locale locale) {
  return "error: too many traced system calls\n" +
         Message(locale,
                 "The trace was ended after {} calls that the policy refuses; trace a shorter program.",
                 kMaxTracedCalls);
}

// A line "error: ..." and a sentence, for a run that a limit or a signal ended.
std::string EndText(Outcome outcome, const Evidence& evidence, const RunLimits& limits, Locale locale) {
  switch (outcome) {
    case Outcome::kTimeout:
      return TimeoutText(limits, locale);
    case Outcome::kOutputLimit:
      return OutputLimitText(evidence.stop, limits, locale);
    case Outcome::kOutOfMemory:
      return ReachedRunMemory(evidence) ? RunMemoryText(limits, locale) : MemoryText(limits, locale);
    case Outcome::kDeniedLimit:
      return evidence.stop == Stop::kTracedLimit ? TracedLimitText(locale) : DeniedLimitText(limits, locale);
    case Outcome::kSignal:
      return fmt::format("error: signal: {}\n{}", SignalText(evidence.status),
                         Translate(locale, "The program was ended by that signal, not by a limit."));
    case Outcome::kOk:
    case Outcome::kFailed:
      break;
  }
  return "";
}

// The refusal that an author most likely meets is the last one.
std::string DeniedText(const Evidence& evidence, Locale locale) {
  if (evidence.denied.empty()) return "";
  const Denial& last = evidence.denied.back();
  std::string_view headline = last.headline;
  if (headline.empty()) headline = "operation not permitted";
  return fmt::format("error: {}\n{}", headline, DenialSentence(last, locale));
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
  }
  return "unknown";
}

bool SaysOutOfMemory(const Evidence& evidence) {
  const std::string_view err = evidence.stderr_bytes;
  if (!evidence.signalled && evidence.status == 0) return false;
  const std::string_view last = LastLine(err);
  return last.starts_with("MemoryError") || last.find("ArrayMemoryError") != std::string_view::npos ||
         last.find("std::bad_alloc") != std::string_view::npos ||
         EndsNode(err, "RangeError: Array buffer allocation failed") ||
         EndsNode(err, "DataCloneError: Data cannot be cloned, out of memory.") ||
         err.find("JavaScript heap out of memory") != std::string_view::npos ||
         err.find("Fatal process out of memory") != std::string_view::npos ||
         err.find("Fatal JavaScript out of memory") != std::string_view::npos ||
         err.find("Check failed: reservation_.SetPermissions(") != std::string_view::npos;  // Node.js 18
}

RunResult Judge(Evidence evidence, const RunLimits& limits, Locale locale) {
  RunResult result;
  result.outcome = OutcomeOf(evidence);
  const bool ended_by_us = evidence.stop != Stop::kNone;
  result.exit_code = ended_by_us || evidence.signalled ? kEndedByUs : evidence.status;
  result.usage.wall_ms = evidence.wall_ms;
  result.usage.cpu_ms = Milliseconds(evidence.usage.ru_utime) + Milliseconds(evidence.usage.ru_stime);
  result.usage.max_rss_bytes = static_cast<std::uint64_t>(evidence.usage.ru_maxrss) * 1024;
  if (result.outcome != Outcome::kOk) result.error = ErrorText(result, evidence, limits, locale);
  result.stdout_bytes = std::move(evidence.stdout_bytes);
  result.stderr_bytes = std::move(evidence.stderr_bytes);
  result.denied = std::move(evidence.denied);
  return result;
}

}  // namespace sandgate

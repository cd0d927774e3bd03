// SPDX-License-Identifier: Apache-2.0
// The form of `error` is what clients of this API know: "process exited with code N", a line "error: ..."
// for what the sandbox did, then the program's stderr. Ours adds a sentence that names limit and setting.
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

// Without a kernel's word on it, the interpreter's own message is what tells: text only, no decision.
bool SaysOutOfMemory(const Evidence& evidence) {
  const std::string_view err = evidence.stderr_bytes;
  if (!evidence.signalled && evidence.status == 0) return false;
  const std::string_view last = LastLine(err);
  return last.starts_with("MemoryError") || last.find("ArrayMemoryError") != std::string_view::npos ||
         last.find("std::bad_alloc") != std::string_view::npos ||
         err.find("JavaScript heap out of memory") != std::string_view::npos ||
         err.find("Fatal process out of memory") != std::string_view::npos ||
         err.find("Fatal JavaScript out of memory") != std::string_view::npos;
}

Outcome OutcomeOf(const Evidence& evidence) {
  switch (evidence.stop) {
    case Stop::kTimeout:
      return Outcome::kTimeout;
    case Stop::kStdoutLimit:
    case Stop::kStderrLimit:
      return Outcome::kOutputLimit;
    case Stop::kDeniedLimit:
      return Outcome::kDeniedLimit;
    case Stop::kAbandoned:
    case Stop::kNone:
      break;
  }
  if (SaysOutOfMemory(evidence)) return Outcome::kOutOfMemory;
  if (evidence.signalled) return Outcome::kSignal;
  return evidence.status == 0 ? Outcome::kOk : Outcome::kFailed;
}

std::string OutputLimitText(Stop stop, const RunLimits& limits) {
  const bool out = stop == Stop::kStdoutLimit;
  const char* stream = out ? "stdout" : "stderr";
  return fmt::format(
      "error: output limit\n{0} reached {1} bytes and was cut there; the limit is limits.{0}_bytes in "
      "conf/config.yaml.\n",
      stream, out ? limits.stdout_bytes : limits.stderr_bytes);
}

std::string LimitText(Outcome outcome, const Evidence& evidence, const RunLimits& limits) {
  switch (outcome) {
    case Outcome::kTimeout:
      return fmt::format(
          "error: timeout\nThe run was ended after {} s, the limit for one run; it is worker_timeout in "
          "conf/config.yaml (environment WORKER_TIMEOUT). Time in the queue does not count.\n",
          limits.timeout_seconds);
    case Outcome::kOutputLimit:
      return OutputLimitText(evidence.stop, limits);
    case Outcome::kOutOfMemory:
      return fmt::format(
          "error: out of memory\nThe run needed more than its memory limit of {} MiB; it is limits.memory_mb "
          "in "
          "conf/config.yaml.\n",
          limits.memory_mb);
    case Outcome::kDeniedLimit:
      return fmt::format(
          "error: too many refused system calls\nThe run was ended after {} refused calls; the limit is "
          "limits.denied_calls in conf/config.yaml.\n",
          limits.denied_calls);
    case Outcome::kSignal:
      return fmt::format("error: signal: {}\nThe program was ended by that signal, not by a limit.\n",
                         SignalText(evidence.status));
    case Outcome::kOk:
    case Outcome::kFailed:
      break;
  }
  return "";
}

// The refusal that an author most likely meets is the last one.
std::string DeniedText(const Evidence& evidence) {
  if (evidence.denied.empty()) return "";
  return "error: operation not permitted\n" + DenialSentence(evidence.denied.back()) + "\n";
}

std::string ErrorText(const RunResult& result, const Evidence& evidence, const RunLimits& limits) {
  std::string text = fmt::format("process exited with code {}", result.exit_code);
  const std::string told = LimitText(result.outcome, evidence, limits) + DeniedText(evidence);
  if (!told.empty() || !evidence.stderr_bytes.empty()) text += '\n';
  return text + told + evidence.stderr_bytes;
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

RunResult Judge(Evidence evidence, const RunLimits& limits) {
  RunResult result;
  result.outcome = OutcomeOf(evidence);
  const bool ended_by_us = evidence.stop != Stop::kNone;
  result.exit_code = ended_by_us || evidence.signalled ? kEndedByUs : evidence.status;
  result.usage.wall_ms = evidence.wall_ms;
  result.usage.cpu_ms = Milliseconds(evidence.usage.ru_utime) + Milliseconds(evidence.usage.ru_stime);
  result.usage.max_rss_bytes = static_cast<std::uint64_t>(evidence.usage.ru_maxrss) * 1024;
  if (result.outcome != Outcome::kOk) result.error = ErrorText(result, evidence, limits);
  result.stdout_bytes = std::move(evidence.stdout_bytes);
  result.stderr_bytes = std::move(evidence.stderr_bytes);
  result.denied = std::move(evidence.denied);
  return result;
}

}  // namespace sandgate

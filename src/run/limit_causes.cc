// SPDX-License-Identifier: Apache-2.0
// Limits that a program met. Where the need is known the fix is a value that covers it, else twice the limit.
#include <algorithm>
#include <cmath>
#include <regex>
#include <string>

#include "config/options.h"
#include "run/causes.h"

namespace sandgate::causes {

namespace {

constexpr std::int64_t kThreadStackMb = 8;  // of a thread; the usual soft limit of RLIMIT_STACK

struct Setting {
  std::string_view key;
  std::int64_t Config::*value;
  std::string_view headline;
  std::string_view tried;
  std::string_view why;
};

constexpr Setting kMemory{"limits.memory_mb", &Config::limit_memory_mb, kMemoryHeadline, "use more memory",
                          "the memory limit of a run is {} MiB"};
constexpr Setting kThreadMemory{"limits.memory_mb", &Config::limit_memory_mb, kMemoryHeadline,
                                "start another thread",
                                "each thread takes 8 MiB of address space for its stack, which counts "
                                "against the memory limit of {} MiB"};
constexpr Setting kProcesses{"limits.processes", &Config::limit_processes, "processes limit",
                             "start another process or thread", "a run may have {} processes and threads"};
constexpr Setting kOpenFiles{"limits.open_files", &Config::limit_open_files, "open files limit",
                             "open another file", "a process of a run may have {} files open"};
constexpr Setting kFileSize{"limits.file_mb", &Config::limit_file_mb, kFileSizeHeadline,
                            "write a larger file", "a file that a run writes may have {} MiB"};
constexpr Setting kScratch{"limits.scratch_mb", &Config::limit_scratch_mb, "scratch space limit",
                           "write more to its scratch directory",
                           "the scratch directory of a run holds {} MiB"};

std::int64_t LargestOf(std::string_view key) {
  for (const Option& option : Options()) {
    if (option.key == key) return option.max;
  }
  return 0;
}

std::int64_t Larger(const Setting& setting, std::int64_t wanted, const RunFacts& facts) {
  return std::min(std::max(wanted, 2 * (facts.config.*setting.value)), LargestOf(setting.key));
}

Denial Reached(const Setting& setting, std::int64_t wanted, const Complaint& complaint,
               const RunFacts& facts) {
  const std::int64_t value = facts.config.*setting.value;
  Denial denial = About({setting.key == kScratch.key ? "scratch" : "rlimit", std::string(setting.key),
                         setting.headline, std::string(Translate(facts.locale, setting.tried))},
                        complaint);
  denial.rule = fmt::format("{}: {}", setting.key, value);
  denial.why = Sentence(fmt::vformat(Translate(facts.locale, setting.why), fmt::make_format_args(value)),
                        facts.locale);
  const std::int64_t larger = Larger(setting, wanted, facts);
  if (larger <= value) {
    CannotBeAllowed(denial, Translate(facts.locale, "the limit has its largest value already"), facts.locale);
    return denial;
  }
  denial.fix = fmt::format("{}: {}", setting.key, larger);
  denial.fix_in = fix_in::kConfig;
  return denial;
}

// "Unable to allocate 7.45 GiB for an array": in MiB, 0 where it says nothing.
std::int64_t NeededMemory(const Complaint& complaint) {
  static const std::regex kAllocate(R"(^Unable to allocate (\d{1,6}(?:\.\d{1,6})?) ([KMGT])iB.*$)");
  std::smatch match;
  if (!std::regex_match(complaint.message, match, kAllocate)) return 0;
  const double powers[] = {1.0 / 1024, 1, 1024, 1024 * 1024};
  return std::llround(std::stod(match[1]) * powers[std::string_view("KMGT").find(*match[2].first)]) + 1;
}

bool IsFork(const Complaint& complaint) {
  return complaint.Mentions("fork") || complaint.Mentions("spawn") || complaint.syscall.starts_with("spawn");
}

// A thread fails to start for want of a place in the table of processes, or of memory for its stack.
Denial ThreadLimit(const Complaint& complaint, const RunFacts& facts) {
  const std::int64_t stacks = facts.config.limit_memory_mb / kThreadStackMb;
  return Reached(stacks < facts.config.limit_processes ? kThreadMemory : kProcesses, 0, complaint, facts);
}

// Where one limit of space would only make the program meet the other, the fix is both.
void RaiseBoth(Denial& denial, std::int64_t file_mb, std::int64_t scratch_mb) {
  if (denial.fix_in != fix_in::kConfig) return;
  denial.fix = fmt::format("limits: {{file_mb: {}, scratch_mb: {}}}", file_mb, scratch_mb);
}

Denial ScratchFull(const Complaint& complaint, const RunFacts& facts) {
  if (facts.isolation.namespaces) {
    Denial denial = Reached(kScratch, 0, complaint, facts);
    const std::int64_t scratch = Larger(kScratch, 0, facts);
    const std::int64_t file = facts.config.limit_file_mb;
    // A smaller file limit was not met, so the space went to several files.
    if (file >= facts.config.limit_scratch_mb && file < scratch) RaiseBoth(denial, scratch, scratch);
    return denial;
  }
  Denial denial = About(
      {"scratch", "disk", "no space left", std::string(Translate(facts.locale, kScratch.tried))}, complaint);
  return Never(std::move(denial), "the disk of the server is full",
               "the operator makes room on the server's disk", facts.locale);
}

Denial LockedMemory(const Complaint& complaint, const RunFacts& facts) {
  Denial denial = About({"rlimit", "locked memory", "locked memory limit",
                         Message(facts.locale, "keep memory from being swapped out")},
                        complaint);
  return Never(std::move(denial), "a run may lock 64 KiB of memory", "the limit is not configurable",
               facts.locale);
}

Denial HardLimit(const Complaint& complaint, const RunFacts& facts) {
  Denial denial = About({"rlimit", "setrlimit", "resource limit",
                         Message(facts.locale, "raise one of its own resource limits")},
                        complaint);
  return Never(std::move(denial), "limits can be lowered, not raised",
               "set limits.* in conf/config.yaml to what the program needs", facts.locale);
}

}  // namespace

Denial OutOfMemory(const Complaint& complaint, const RunFacts& facts) {
  const std::int64_t needed = NeededMemory(complaint);
  const std::int64_t wanted = needed > 0 ? facts.config.limit_memory_mb + needed : 0;
  return Reached(kMemory, wanted, complaint, facts);
}

Denial FileTooLarge(const Complaint& complaint, const RunFacts& facts) {
  Denial denial = Reached(kFileSize, 0, complaint, facts);
  const std::int64_t file = Larger(kFileSize, 0, facts);
  const std::int64_t scratch = facts.config.limit_scratch_mb;
  if (facts.isolation.namespaces && scratch <= file) {
    RaiseBoth(denial, file,
              std::min(scratch + file, LargestOf(kScratch.key)));  // other files keep their room
  }
  return denial;
}

Cause Limit(const Complaint& complaint, const RunFacts& facts) {
  const std::string& code = complaint.code;
  if (complaint.Says("can't start new thread")) return ThreadLimit(complaint, facts);
  if (code == "ERR_WORKER_INIT_FAILED") return ThreadLimit(complaint, facts);
  if (code == "EAGAIN" && IsFork(complaint)) return Reached(kProcesses, 0, complaint, facts);
  if (code == "EMFILE") return Reached(kOpenFiles, 0, complaint, facts);
  if (code == "EFBIG") return FileTooLarge(complaint, facts);
  if (code == "ENOSPC" && !complaint.Says("watch")) return ScratchFull(complaint, facts);
  if (complaint.Says("exceed maximum limit") || complaint.Says("not allowed to raise maximum limit")) {
    return HardLimit(complaint, facts);
  }
  if (code != "ENOMEM") return std::nullopt;
  if (complaint.Mentions("mlock") || complaint.Says("mlock")) return LockedMemory(complaint, facts);
  return OutOfMemory(complaint, facts);
}

}  // namespace sandgate::causes

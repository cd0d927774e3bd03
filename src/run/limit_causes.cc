// SPDX-License-Identifier: Apache-2.0
// Limits that a program met. Where the need is known the fix is a value that covers it, else twice the limit.
#include <algorithm>
#include <cmath>
#include <regex>
#include <string>

#include "config/limits.h"
#include "run/causes.h"

namespace sandgate::causes {

namespace {

constexpr std::int64_t kThreadStackMb = 8;  // of a thread; the usual soft limit of RLIMIT_STACK

struct Reason {
  std::int64_t Limits::*value;
  std::string_view headline;
  std::string_view tried;
  std::string_view why;
};

constexpr Reason kMemory{&Limits::limit_memory_mb, kMemoryHeadline, "use more memory",
                         "no more is left: memory limit {} MiB reached"};
constexpr Reason kThreadMemory{&Limits::limit_memory_mb, kMemoryHeadline, "start another thread",
                               "each thread takes 8 MiB of address space for its stack, which counts "
                               "against the memory limit of {} MiB"};
constexpr Reason kProcesses{&Limits::limit_processes, "processes limit", "start another process or thread",
                            "a run may have {} processes and threads"};
constexpr Reason kOpenFiles{&Limits::limit_open_files, "open files limit", "open another file",
                            "a process of a run may have {} files open"};
constexpr Reason kFileSize{&Limits::limit_file_mb, kFileSizeHeadline, "write a larger file",
                           "a file that a run writes may have {} MiB"};
constexpr Reason kScratch{&Limits::limit_scratch_mb, "scratch space limit",
                          "write more to its scratch directory",
                          "the scratch directory of a run holds {} MiB"};

constexpr Reason kScratchFiles{&Limits::limit_scratch_files, "scratch space limit", "make another file",
                               "the scratch directory of a run holds {} files and folders"};

std::int64_t InForce(const Reason& reason, const RunFacts& facts) {
  return facts.limits.in_force.*reason.value;
}

std::int64_t LargestOf(const Reason& reason) { return OptionOf(LimitOf(reason.value)).max; }

std::int64_t Larger(const Reason& reason, std::int64_t wanted, const RunFacts& facts) {
  return std::min(std::max(wanted, 2 * InForce(reason, facts)), LargestOf(reason));
}

// Offers to raise the limits in force to `wanted`, where whoever set them can. A request's line keeps the
// other limits that it has; in a configuration a single setting gets a line of its own.
void Offer(Denial& denial, const Limits& wanted, const RunFacts& facts) {
  std::string raised;
  std::string kept;
  std::string line;
  bool by_request = false;
  bool by_config = false;
  for (const LimitRow& row : LimitRows()) {
    const std::int64_t value = wanted.*row.value;
    const bool is_raised = value != facts.limits.in_force.*row.value;
    std::string& fields = is_raised ? raised : kept;
    if (is_raised || facts.limits.IsLowered(row)) fields += fmt::format(", {}: {}", row.field, value);
    if (!is_raised) continue;
    line = line.empty() ? fmt::format("{}: {}", row.setting, value) : "";
    by_request = by_request || facts.limits.IsLowered(row);
    by_config = by_config || value > facts.limits.configured.*row.value;
  }
  if (!by_config) raised += kept;
  denial.fix = by_request || line.empty() ? fmt::format("limits: {{{}}}", raised.substr(2)) : line;
  denial.fix_in = !by_request ? fix_in::kConfig : by_config ? fix_in::kBoth : fix_in::kRequest;
}

bool IsScratch(const Reason& reason) {
  return reason.value == kScratch.value || reason.value == kScratchFiles.value;
}

Denial Reached(const Reason& reason, std::int64_t wanted, const Complaint& complaint, const RunFacts& facts) {
  const LimitRow& row = LimitOf(reason.value);
  const std::int64_t value = InForce(reason, facts);
  Denial denial = About({IsScratch(reason) ? "scratch" : "rlimit", std::string(row.setting), reason.headline,
                         std::string(Translate(facts.locale, reason.tried))},
                        complaint);
  denial.rule = fmt::format("{}: {}", row.setting, value);
  std::string why = fmt::vformat(Translate(facts.locale, reason.why), fmt::make_format_args(value));
  if (facts.limits.IsLowered(row)) why = Message(facts.locale, "{}, by {} of the request", why, row.name());
  denial.why = Sentence(std::move(why), facts.locale);
  Limits limits = facts.limits.in_force;
  limits.*reason.value = Larger(reason, wanted, facts);
  if (limits.*reason.value <= value) {
    CannotBeAllowed(denial, Translate(facts.locale, "the limit has its largest value already"), facts.locale);
  } else if (facts.limits.IsOfKey(row) && !facts.limits.IsLowered(row)) {
    CannotBeAllowed(
        denial,
        Message(facts.locale,
                "the API key has it; the operator raises {} of that key, below keys in conf/config.yaml",
                row.name()),
        facts.locale);
  } else {
    Offer(denial, limits, facts);
  }
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
  const std::int64_t stacks = InForce(kMemory, facts) / kThreadStackMb;
  return Reached(stacks < InForce(kProcesses, facts) ? kThreadMemory : kProcesses, 0, complaint, facts);
}

// Where one limit of space would only make the program meet the other, the fix is both.
void RaiseBoth(Denial& denial, std::int64_t file_mb, std::int64_t scratch_mb, const RunFacts& facts) {
  if (denial.fix_in == fix_in::kNowhere) return;
  Limits wanted = facts.limits.in_force;
  wanted.limit_file_mb = file_mb;
  wanted.limit_scratch_mb = scratch_mb;
  Offer(denial, wanted, facts);
}

// A file that cannot be made, and not one that cannot be written: its name is told.
bool IsCreation(const Complaint& complaint) {
  if (complaint.syscall.empty()) return !complaint.path.empty();
  return complaint.syscall != "write" && complaint.syscall != "ftruncate";
}

Denial ScratchFull(const Complaint& complaint, const RunFacts& facts) {
  if (facts.isolation.namespaces && IsCreation(complaint)) {
    return Reached(kScratchFiles, 0, complaint, facts);
  }
  if (facts.isolation.namespaces) {
    Denial denial = Reached(kScratch, 0, complaint, facts);
    const std::int64_t scratch = Larger(kScratch, 0, facts);
    const std::int64_t file = InForce(kFileSize, facts);
    // A smaller file limit was not met, so the space went to several files.
    if (file >= InForce(kScratch, facts) && file < scratch) RaiseBoth(denial, scratch, scratch, facts);
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
  const std::int64_t wanted = needed > 0 ? InForce(kMemory, facts) + needed : 0;
  return Reached(kMemory, wanted, complaint, facts);
}

Denial FileTooLarge(const Complaint& complaint, const RunFacts& facts) {
  Denial denial = Reached(kFileSize, 0, complaint, facts);
  const std::int64_t file = Larger(kFileSize, 0, facts);
  const std::int64_t scratch = InForce(kScratch, facts);
  if (facts.isolation.namespaces && scratch <= file) {
    RaiseBoth(denial, file, std::min(scratch + file, LargestOf(kScratch)),
              facts);  // other files keep their room
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
  if (code == "ERR_MEMORY_ALLOCATION_FAILED") return OutOfMemory(complaint, facts);
  if (code != "ENOMEM") return std::nullopt;
  if (complaint.Mentions("mlock") || complaint.Says("mlock")) return LockedMemory(complaint, facts);
  return OutOfMemory(complaint, facts);
}

}  // namespace sandgate::causes

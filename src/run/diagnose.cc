// SPDX-License-Identifier: Apache-2.0
// The latest exception counts, with those that led to it. If it is the answer to a refused call, that call is
// the cause; else the first of the causes that knows it.
#include "run/diagnose.h"

#include <algorithm>
#include <csignal>

#include "run/causes.h"
#include "run/complaint.h"
#include "run/judge.h"

namespace sandgate {

namespace causes {

Denial About(Subject subject, const Complaint& complaint) {
  Denial denial;
  denial.layer = subject.layer;
  denial.object = std::move(subject.object);
  denial.headline = subject.headline;
  denial.tried = std::move(subject.tried);
  denial.line = complaint.line;
  return denial;
}

Denial Never(Denial denial, std::string_view why, std::string_view reason, Locale locale) {
  denial.why = Sentence(std::string(Translate(locale, why)), locale);
  CannotBeAllowed(denial, Translate(locale, reason), locale);
  return denial;
}

}  // namespace causes

namespace {

constexpr causes::Cause (*kCauses[])(const Complaint&, const RunFacts&) = {
    causes::Module,   causes::Library, causes::Limit, causes::Network,
    causes::Identity, causes::Program, causes::File,
};

bool IsNameLookup(const Complaint& complaint) {
  return complaint.type.ends_with("gaierror") || complaint.code == "EAI_AGAIN" ||
         complaint.code == "ENOTFOUND" || complaint.Says("getaddrinfo");
}

// What libraries and programs say where they had no connection.
bool IsOfConnections(const Complaint& complaint) {
  return complaint.type.find("Connect") != std::string::npos || complaint.Says("fetch failed") ||
         complaint.Says("Max retries exceeded") || complaint.Says("onnection error");
}

bool IsRefused(const Complaint& complaint) {
  return complaint.code == "EPERM" || complaint.Says("[Errno 1]") || complaint.Says("EPERM") ||
         complaint.Says("Operation not permitted") || complaint.Says("operation not permitted");
}

// Calls that the filter lets through as a rule: where the traceback names one, it was the kernel that refused
// it, unless such a call stands among the refused ones.
constexpr std::string_view kKernels[] = {"chown", "chmod", "kill", "connect"};

using Denials = std::vector<Denial>;

// The latest refused call whose name has `part` in it, or the end.
Denials::iterator LatestWith(std::string_view part, Denials& denied) {
  const auto found = std::find_if(denied.rbegin(), denied.rend(), [&](const Denial& denial) {
    return denial.syscall.find(part) != std::string::npos;
  });
  return found == denied.rend() ? denied.end() : found.base() - 1;
}

// The refused call that the exception is the answer to, or the end.
Denials::iterator RefusalOf(const Complaint& complaint, Denials& denied, const RunFacts& facts) {
  const auto none = denied.end();
  if (denied.empty()) return none;
  if (!facts.network && (IsNameLookup(complaint) || IsOfConnections(complaint))) {
    return LatestWith("socket", denied);
  }
  if (complaint.code == "ENOSYS") return denied.back().rule == "default: unknown" ? none - 1 : none;
  if (!IsRefused(complaint)) return none;
  if (!complaint.syscall.empty() && LatestWith(complaint.syscall, denied) != none) {
    return LatestWith(complaint.syscall, denied);
  }
  const bool network = complaint.Mentions(".connect(") || complaint.syscall == "connect";
  if (network && LatestWith("socket", denied) != none) return LatestWith("socket", denied);
  for (const std::string_view call : kKernels) {
    if (complaint.Mentions(std::string(call) + "(")) return LatestWith(call, denied);
  }
  return none - 1;
}

// True when the cause of this exception is found.
bool Explains(const Complaint& complaint, Evidence& evidence, const RunFacts& facts) {
  if (causes::Cause found = causes::InstallerCall(complaint, facts)) {
    evidence.denied.push_back(std::move(*found));
    return true;
  }
  const auto refusal = RefusalOf(complaint, evidence.denied, facts);
  if (refusal != evidence.denied.end()) {
    refusal->line = complaint.line;
    std::rotate(refusal, refusal + 1, evidence.denied.end());
    return true;
  }
  for (const auto cause : kCauses) {
    if (causes::Cause found = cause(complaint, facts)) {
      evidence.denied.push_back(std::move(*found));
      return true;
    }
  }
  return false;
}

// Of exceptions about the same file that led to one another, the first: raised anew, they have another line.
const Complaint& FirstTold(const Complaint& complaint, const std::vector<Complaint>& complaints) {
  const Complaint* first = &complaint;
  for (const Complaint* next = &complaint + 1; next <= &complaints.back() && next->led_on; ++next) {
    if (!next->path.empty() && next->path == complaint.path && next->code == complaint.code) first = next;
  }
  return *first;
}

// Looks for the cause of the latest that has one. False where there is none, or where it is that of an
// exception that the program had dealt with when what ended it came up.
bool ExplainsOne(const std::vector<Complaint>& complaints, Evidence& evidence, const RunFacts& facts) {
  bool led_to_the_end = true;
  for (const Complaint& complaint : complaints) {
    led_to_the_end = led_to_the_end && (&complaint == &complaints.front() || complaint.led_on);
    if (Explains(FirstTold(complaint, complaints), evidence, facts)) return led_to_the_end;
  }
  return complaints.empty();
}

}  // namespace

void Diagnose(Evidence& evidence, const RunFacts& facts) {
  if (evidence.stop != Stop::kNone) {
    evidence.went_on = evidence.stop != Stop::kDeniedLimit && evidence.stop != Stop::kTracedLimit;
    return;
  }
  if (!evidence.signalled && evidence.status == 0) return;
  const std::vector<Complaint> complaints =
      ReadComplaints(facts.language, evidence.stderr_bytes, facts.program);
  const Complaint latest = complaints.empty() ? Complaint() : complaints.front();
  if (SaysOutOfMemory(evidence)) {
    evidence.denied.push_back(causes::OutOfMemory(latest, facts));
  } else if (evidence.signalled && evidence.status == SIGXFSZ) {
    evidence.denied.push_back(causes::FileTooLarge(latest, facts));
  } else {
    evidence.went_on = !ExplainsOne(complaints, evidence, facts);
  }
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "policy/trace.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "policy/permit.h"
#include "policy/profile.h"
#include "policy/syscall_table.h"

namespace sandgate {

namespace {

// More different arguments of one call than this make a rule without them.
constexpr std::size_t kMaxNarrow = 32;

// Never given to a trace, whatever the operator allows: what can break the jail, signals that could leave the
// run, and the network, which the run's namespace and Landlock were made without.
constexpr unsigned kNeverTraced = needs::kHazardous | needs::kIsolation | needs::kNetwork;

// The bits of an argument that choose what the call does, so that a rule for one choice is worth having.
std::uint64_t ChoosingBits(ArgKind kind) {
  switch (kind) {
    case ArgKind::kDomain:
    case ArgKind::kProtocol:
    case ArgKind::kIoctl:
    case ArgKind::kPrctl:
    case ArgKind::kArchPrctl:
    case ArgKind::kFcntl:
    case ArgKind::kSignal:
    case ArgKind::kWho:
    case ArgKind::kPersona:
      return SignificantBits(kind);
    case ArgKind::kSocktype:
      return SignificantBits(kind) & ~std::uint64_t{SOCK_NONBLOCK | SOCK_CLOEXEC};
    default:
      return 0;
  }
}

// The conditions of the permit, and one for each choice that it leaves open.
std::vector<Condition> Narrowed(const Rule& permit, const RefusedCall& call) {
  std::vector<Condition> when = permit.when;
  const Syscall* syscall = FindSyscall(call.number);
  if (syscall == nullptr) return when;
  const std::vector<Argument> arguments = Arguments(*syscall);
  for (unsigned i = 0; i < arguments.size(); ++i) {
    const std::uint64_t bits = ChoosingBits(arguments[i].kind);
    if (bits == 0 || std::ranges::find(when, i, &Condition::argument) != when.end()) continue;
    when.push_back({i, bits, call.args.at(i) & bits});
  }
  std::ranges::sort(when, {}, &Condition::argument);
  return when;
}

// A rule that only says that the operator named the call is no reason; why it is refused is one.
std::string WhyOf(const Rule& permit, const Rule* reason) {
  const bool plain = permit.needs == needs::kListed && permit.when.empty();
  if (!plain) return permit.why;
  return fmt::format("refused by default: {}", reason == nullptr ? "no library here needs it" : reason->why);
}

bool StartsPrograms(const Rule& rule) {
  return StartsProcesses(rule) || rule.syscall == "execve" || rule.syscall == "execveat";
}

}  // namespace

TraceRecorder::TraceRecorder(const Policy& policy, TracedProcesses processes)
    : policy_(policy),
      withheld_(kNeverTraced | (processes == TracedProcesses::kNone ? needs::kProcesses : needs::kNothing)),
      processes_(processes == TracedProcesses::kAllowed) {}

bool TraceRecorder::Permits(const RefusedCall& call) {
  const Rule* reason = nullptr;
  if (policy_.Evaluate(call, &reason) != Verdict::kRefuse) return false;
  const Rule* cheapest = CheapestPermit(policy_, call);
  if (cheapest != nullptr && cheapest->needs == needs::kNetwork) network_missed_ = true;
  const bool hazard = reason != nullptr && reason->hazard;
  const Rule* permit = CheapestPermit(policy_, call, withheld_);
  if (hazard || permit == nullptr || (!processes_ && StartsPrograms(*permit))) return false;
  if (IsForeignIdentity(policy_, call)) return false;  // to allow it would not let the program pass
  Record(*permit, reason, call);
  return true;
}

void TraceRecorder::Record(const Rule& permit, const Rule* reason, const RefusedCall& call) {
  ++calls_;
  started_processes_ = started_processes_ || StartsProcesses(permit);
  std::vector<Found>& found = found_[permit.syscall];
  std::vector<Condition> when = Narrowed(permit, call);
  const auto known = [&found](const std::vector<Condition>& conditions) {
    return std::ranges::any_of(found, [&](const Found& one) { return one.rule.when == conditions; });
  };
  if (known(when) || known(permit.when)) return;
  if (found.size() >= kMaxNarrow) when = permit.when;
  Found one{permit, (permit.needs & needs::kProcesses) != 0};
  one.rule.when = std::move(when);
  one.rule.why = WhyOf(permit, reason);
  one.rule.source = "trace";
  one.rule.needs = needs::kNothing;
  one.rule.off.clear();
  one.rule.tried.clear();
  found.push_back(std::move(one));
}

Additions TraceRecorder::Take() const {
  Additions additions;
  additions.calls = calls_;
  additions.enable_network = network_missed_ && !policy_.options().network;
  additions.network_offered = policy_.options().network_offered;
  for (const auto& [name, found] : found_) {
    for (const Found& one : found) {
      additions.rules.push_back(one.rule);
      additions.allow_processes = additions.allow_processes || StartsPrograms(one.rule);
    }
  }
  for (const auto& [name, found] : found_) {
    for (const Found& one : found) {
      if (!additions.allow_processes || !one.of_processes) additions.others.push_back(one.rule);
    }
  }
  additions.rules = MergeRules(additions.rules, {});
  additions.others = MergeRules(additions.others, {});
  return additions;
}

}  // namespace sandgate

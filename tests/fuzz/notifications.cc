// SPDX-License-Identifier: Apache-2.0
// Notifications with any numbers, one after the other, as the calls of one run: filter and evaluator agree on
// each, what is refused is explained in both languages, and a trace lets nothing go on that is hazardous or
// that its additions would not allow. What is read of the run's memory: arguments.cc.
#include <linux/audit.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "check.h"
#include "policy/bpf_evaluator.h"
#include "policy/decode.h"
#include "policy/explain.h"
#include "policy/filter.h"
#include "policy/policy.h"
#include "policy/trace.h"

namespace {

using namespace sandgate;
using fuzz::Check;

struct Compiled {
  explicit Compiled(const PolicyOptions& options)
      : policy(Policy::Make(options)), filter(ExportFilter(policy)) {}
  Policy policy;
  std::string filter;
};

const Compiled& CompiledOf(std::uint8_t which) {
  static const Compiled kClosed{PolicyOptions{}};
  static const Compiled kOpen = [] {
    PolicyOptions options;
    options.network = options.processes = options.allow_hazardous = true;
    options.allowed_syscalls = {"ptrace", "socket", "206"};
    return Compiled(options);
  }();
  return which % 2 != 0 ? kOpen : kClosed;
}

// One call of an input.
struct Packed {
  std::uint32_t number;
  std::uint32_t arch;  // an index
  std::uint64_t args[6];
};

#if defined(__x86_64__)
constexpr std::uint32_t kNative = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kNative = AUDIT_ARCH_AARCH64;
#endif
constexpr std::uint32_t kArches[] = {kNative, kNative, kNative, AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0};

RefusedCall CallOf(const Packed& packed) {
  RefusedCall call;
  call.number = static_cast<std::int32_t>(packed.number);
  call.arch = kArches[packed.arch % std::size(kArches)];
  std::copy(std::begin(packed.args), std::end(packed.args), call.args.begin());
  return call;
}

// What the kernel would do, as a verdict; refused and unknown calls are one to it.
Verdict VerdictOfFilter(const Compiled& compiled, const RefusedCall& call) {
  seccomp_data data{};
  data.nr = static_cast<int>(call.number);
  data.arch = call.arch;
  std::copy(call.args.begin(), call.args.end(), data.args);
  const std::uint32_t action = RunBpf(compiled.filter, data) & SECCOMP_RET_ACTION_FULL;
  if (action == SECCOMP_RET_ALLOW) return Verdict::kAllow;
  if (action == SECCOMP_RET_ERRNO) return Verdict::kUnavailable;
  Check(action == SECCOMP_RET_USER_NOTIF, "nothing is killed, and what is refused is reported");
  return Verdict::kRefuse;
}

// True when the call comes to the supervisor.
bool IsNotified(const Compiled& compiled, const RefusedCall& call, const Rule*& rule) {
  Verdict verdict = compiled.policy.Evaluate(call, &rule);
  if (verdict == Verdict::kUnknown) verdict = Verdict::kRefuse;
  Check(verdict == VerdictOfFilter(compiled, call), "filter and evaluator agree");
  return verdict == Verdict::kRefuse;
}

void ExplainIn(const Policy& policy, const RefusedCall& call, Locale locale) {
  const Denial denial = Explain(policy, call, DecodeArguments(call, nullptr), locale);
  Check(!denial.syscall.empty() && !denial.why.empty() && !denial.fix.empty(),
        "every refusal has its reason");
  Check(!DenialSentence(denial, locale).empty(), "every refusal is told");
}

bool IsCovered(const Additions& additions, const RefusedCall& call) {
  return std::any_of(additions.rules.begin(), additions.rules.end(), [&](const Rule& rule) {
    return rule.number == call.number && Matches(rule, call.args);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Compiled& compiled = CompiledOf(data[0]);
  TraceRecorder trace(compiled.policy, data[0] % 4 < 2 ? TracedProcesses::kNone : TracedProcesses::kAllowed);
  std::vector<RefusedCall> carried_out;
  for (std::size_t at = 1; at + sizeof(Packed) <= size && at < 64 * sizeof(Packed); at += sizeof(Packed)) {
    Packed packed{};
    std::memcpy(&packed, data + at, sizeof packed);
    const RefusedCall call = CallOf(packed);
    const Rule* rule = nullptr;
    if (!IsNotified(compiled, call, rule)) continue;
    for (const Locale locale : {Locale::kEnglish, Locale::kChinese}) ExplainIn(compiled.policy, call, locale);
    if (!trace.Permits(call)) continue;
    Check(call.arch == kNative && !IsX32(call), "a call of another architecture is not carried out");
    Check(rule == nullptr || !rule->hazard, "a hazardous call is not carried out");
    carried_out.push_back(call);
  }
  const Additions additions = trace.Take();
  Check(additions.calls == carried_out.size(), "what was carried out is counted");
  for (const RefusedCall& call : carried_out) {
    Check(IsCovered(additions, call), "what was carried out is in the additions");
  }
  return 0;
}

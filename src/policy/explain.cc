// SPDX-License-Identifier: Apache-2.0
// Finds what refused a call, and by which setting it would have been let through: the rule in force gives
// the reason, the cheapest dormant rule that would have allowed this very call gives the setting.
#include "policy/explain.h"

#include <fmt/format.h>
#include <linux/audit.h>
#include <seccomp.h>

#include <cctype>
#include <cstdlib>
#include <memory>

#include "policy/decode.h"
#include "policy/policy.h"
#include "policy/syscall_table.h"

namespace sandgate {

namespace {

constexpr std::string_view kNever = "cannot be allowed: ";
constexpr std::string_view kNetworkFix = "enable_network: true";

// "the reason" -> "The reason."
std::string Sentence(std::string text) {
  if (text.empty()) return text;
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (text.back() != '.') text += '.';
  return text;
}

// The dormant rule that would allow the call and asks least of the operator, or null.
const Rule* CheapestPermit(const Policy& policy, const RefusedCall& call) {
  const Rule* best = nullptr;
  for (const Rule& rule : policy.dormant()) {
    if (rule.number != call.number || rule.verdict != Verdict::kAllow || !Matches(rule, call.args)) continue;
    if (best == nullptr || rule.needs < best->needs) best = &rule;
  }
  return best;
}

std::string HazardFix(const Policy& policy, const std::string& name) {
  if (policy.options().allow_hazardous) return fmt::format("allowed_syscalls: [{}]", name);
  return fmt::format(
      "{}hazardous (only at your own risk: allow_hazardous_syscalls: true and allowed_syscalls: [{}])",
      kNever, name);
}

// The line for conf/config.yaml.
std::string Fix(const Policy& policy, const Rule* permit, const std::string& name, const std::string& why) {
  if (permit == nullptr || (permit->needs & needs::kContainedSignals) != 0) return std::string(kNever) + why;
  if ((permit->needs & needs::kHazardous) != 0) return HazardFix(policy, name);
  if (permit->needs == needs::kNetwork) return std::string(kNetworkFix);
  if (permit->needs == needs::kProcesses) return "allow_processes: true";
  return fmt::format("allowed_syscalls: [{}]", name);
}

std::string WithObject(std::string_view tried, const std::string& object) {
  return object.empty() ? std::string(tried) : fmt::format("{} ({})", tried, object);
}

std::string NameOnArch(std::uint32_t scmp_arch, std::int64_t number) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(scmp_arch, static_cast<int>(number)), &std::free);
  return name ? fmt::format(" ({})", name.get()) : std::string();
}

Denial ExplainForeign(const RefusedCall& call) {
  Denial denial;
  if (IsX32(call)) {
    const std::int64_t number = call.number & ~kX32Bit;
    denial.syscall = fmt::format("x32 system call {}{}", number, NameOnArch(SCMP_ARCH_X32, call.number));
    denial.tried = "use the x32 variant of a system call";
  } else {
    const std::uint32_t arch = call.arch == AUDIT_ARCH_I386 ? SCMP_ARCH_X86 : SCMP_ARCH_ARM;
    denial.syscall = fmt::format("32-bit system call {}{}", call.number, NameOnArch(arch, call.number));
    denial.tried = "use a 32-bit system call";
  }
  denial.rule = "default: foreign architecture";
  denial.why = "Calls of another architecture have other numbers and meanings than the policy's.";
  denial.fix = std::string(kNever) + "only 64-bit native system calls are let through";
  return denial;
}

Denial ExplainUnknown(const RefusedCall& call) {
  Denial denial;
  denial.syscall = fmt::format("syscall {}", call.number);
  denial.tried = "use a system call that sandgate does not know";
  denial.rule = "default: unknown";
  denial.why = "The call is newer than this sandgate, which answered as a kernel without it would.";
  denial.fix = std::string(kNever) + "this version of sandgate does not know the call";
  return denial;
}

Denial ExplainKnown(const Policy& policy, const Syscall& syscall, const RefusedCall& call,
                    const MemoryReader& read) {
  const Rule* reason = nullptr;
  policy.Evaluate(call, &reason);
  const Rule* permit = CheapestPermit(policy, call);
  const bool hazard = reason != nullptr && reason->hazard;
  const bool switched_off = !hazard && permit != nullptr && !permit->off.empty();
  // The rule whose words describe the call; null where no rule has any.
  const Rule* words = switched_off ? permit : reason;

  std::string why = "no rule of the policy allows it with these arguments";
  if (words != nullptr) why = switched_off ? words->off : words->why;
  const std::string_view tried = words != nullptr && !words->tried.empty() ? words->tried : syscall.does;
  const DecodedCall decoded = DecodeArguments(syscall, call, read);

  Denial denial;
  denial.syscall = syscall.name;
  denial.args = decoded.args;
  denial.rule = words == nullptr ? "default: not listed"
                                 : fmt::format("{}: {}{}", words->source, syscall.name,
                                               switched_off ? " (switched off)" : "");
  denial.why = Sentence(why);
  denial.fix = Fix(policy, permit, denial.syscall, why);
  denial.tried = WithObject(tried, decoded.object);
  return denial;
}

// The last part of the sentence: what allows the call.
std::string Remedy(const Denial& denial) {
  std::string_view fix = denial.fix;
  if (fix == kNetworkFix) {
    return fmt::format(
        "to allow it, the operator sets \"{}\" in conf/config.yaml and the request asks for it", fix);
  }
  if (!fix.starts_with(kNever)) {
    return fmt::format("to allow it, the operator sets \"{}\" in conf/config.yaml", fix);
  }
  fix.remove_prefix(kNever.size());
  // Where the reason is the same there is no need to say it twice.
  if (Sentence(std::string(fix)) == denial.why) return "it cannot be allowed";
  return fmt::format("it cannot be allowed: {}", fix);
}

}  // namespace

Denial Explain(const Policy& policy, const RefusedCall& call, const MemoryReader& read) {
  const Syscall* syscall = FindSyscall(call.number);
  Denial denial;
  if (call.arch != NativeArch() || IsX32(call)) {
    denial = ExplainForeign(call);
  } else if (syscall == nullptr) {
    denial = ExplainUnknown(call);
  } else {
    denial = ExplainKnown(policy, *syscall, call, read);
  }
  denial.number = call.number;
  denial.count = 1;
  return denial;
}

std::string DenialSentence(const Denial& denial) {
  std::string_view why = denial.why;
  if (why.ends_with('.')) why.remove_suffix(1);
  const bool bare_name = denial.syscall.find(' ') == std::string::npos;
  return fmt::format("the code tried to {}, which was refused ({}{}): {}; {}.", denial.tried,
                     bare_name ? "system call " : "", denial.syscall, why, Remedy(denial));
}

}  // namespace sandgate

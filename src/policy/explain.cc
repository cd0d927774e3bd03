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
#include "policy/permit.h"
#include "policy/policy.h"
#include "policy/syscall_table.h"

namespace sandgate {

namespace {

constexpr std::size_t kLongList = 20;  // a list of more entries is not repeated in a fix

// The operator's list with one more entry: pasted, it takes nothing away.
std::string WithEntry(const Policy& policy, const std::string& name) {
  std::string list;
  for (const std::string& entry : policy.options().allowed_syscalls) {
    if (entry != name) list += entry + ", ";
  }
  return fmt::format("allowed_syscalls: [{}{}]", list, name);
}

std::string ListFix(const Policy& policy, const std::string& name, Locale locale) {
  const std::size_t entries = policy.options().allowed_syscalls.size();
  if (entries <= kLongList) return WithEntry(policy, name);
  return Message(locale, "add {} to the {} entries of allowed_syscalls", name, entries);
}

std::string HazardReason(const Policy& policy, const std::string& name, Locale locale) {
  return Message(locale, "hazardous (only at your own risk: allow_hazardous_syscalls: true and {})",
                 ListFix(policy, name, locale));
}

// What allows the call, and where that goes. `why` is the reason of the refusal.
void AddFix(Denial& denial, const Policy& policy, const Rule* permit, std::string_view why, Locale locale) {
  if (permit == nullptr || (permit->needs & needs::kIsolation) != 0) {
    CannotBeAllowed(denial, why, locale);
    return;
  }
  const bool hazard = (permit->needs & needs::kHazardous) != 0;
  if (hazard && !policy.options().allow_hazardous) {
    CannotBeAllowed(denial, HazardReason(policy, denial.syscall, locale), locale);
    return;
  }
  denial.fix_in = fix_in::kConfig;
  if (permit->needs == needs::kNetwork) {
    denial.fix = "enable_network: true";
    denial.fix_in = policy.options().network_offered ? fix_in::kRequest : fix_in::kBoth;
  } else if (permit->needs == needs::kProcesses) {
    denial.fix = "allow_processes: true";
  } else {
    denial.fix = ListFix(policy, denial.syscall, locale);
  }
}

std::string WithObject(std::string_view tried, const std::string& object, Locale locale) {
  if (object.empty()) return std::string(Translate(locale, tried));
  return fmt::format("{} ({})", Translate(locale, tried), object);
}

std::string NameOnArch(std::uint32_t scmp_arch, std::int64_t number) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(scmp_arch, static_cast<int>(number)), &std::free);
  return name ? fmt::format(" ({})", name.get()) : std::string();
}

Denial ExplainForeign(const RefusedCall& call, Locale locale) {
  Denial denial;
  if (IsX32(call)) {
    const std::int64_t number = call.number & ~kX32Bit;
    denial.syscall = fmt::format("x32 system call {}{}", number, NameOnArch(SCMP_ARCH_X32, call.number));
    denial.tried = Message(locale, "use the x32 variant of a system call");
  } else {
    const std::uint32_t arch = call.arch == AUDIT_ARCH_I386 ? SCMP_ARCH_X86 : SCMP_ARCH_ARM;
    denial.syscall = fmt::format("32-bit system call {}{}", call.number, NameOnArch(arch, call.number));
    denial.tried = Message(locale, "use a 32-bit system call");
  }
  denial.rule = "default: foreign architecture";
  denial.why =
      Message(locale, "Calls of another architecture have other numbers and meanings than the policy's.");
  CannotBeAllowed(denial, Translate(locale, "only 64-bit native system calls are let through"), locale);
  return denial;
}

Denial ExplainUnknown(const RefusedCall& call, Locale locale) {
  Denial denial;
  denial.syscall = fmt::format("syscall {}", call.number);
  denial.tried = Message(locale, "use a system call that sandgate does not know");
  denial.rule = "default: unknown";
  denial.why =
      Message(locale, "The call is newer than this sandgate, which answered as a kernel without it would.");
  CannotBeAllowed(denial, Translate(locale, "this version of sandgate does not know the call"), locale);
  return denial;
}

// What the rules say of a refused call.
struct Finding {
  const Rule* permit = nullptr;  // would allow it, or null
  const Rule* words = nullptr;   // describes the call, or null where no rule does
  bool switched_off = false;     // `words` is a rule of an option that is off
};

Finding Find(const Policy& policy, const RefusedCall& call) {
  Finding finding;
  const Rule* reason = nullptr;
  policy.Evaluate(call, &reason);
  finding.permit = CheapestPermit(policy, call);
  const bool hazard = reason != nullptr && reason->hazard;
  finding.switched_off = !hazard && finding.permit != nullptr && !finding.permit->off.empty();
  finding.words = finding.switched_off ? finding.permit : reason;
  return finding;
}

Denial ExplainKnown(const Policy& policy, const Syscall& syscall, const RefusedCall& call,
                    const DecodedCall& decoded, Locale locale) {
  const Finding finding = Find(policy, call);
  const Rule* words = finding.words;
  std::string_view why = "no rule of the policy allows it with these arguments";
  if (words != nullptr) why = finding.switched_off ? words->off : words->why;
  why = Translate(locale, why);
  const std::string_view tried = words != nullptr && !words->tried.empty() ? words->tried : syscall.does;

  Denial denial;
  denial.syscall = syscall.name;
  denial.args = decoded.args;
  denial.object = decoded.object;
  denial.rule = words == nullptr ? "default: not listed"
                                 : fmt::format("{}: {}{}", words->source, syscall.name,
                                               finding.switched_off ? " (switched off)" : "");
  denial.why = Sentence(std::string(why), locale);
  AddFix(denial, policy, finding.permit, why, locale);
  if (IsForeignIdentity(policy, call)) {
    CannotBeAllowed(denial, Translate(locale, "a run has no privileges"), locale);
  }
  denial.tried = WithObject(tried, decoded.object, locale);
  return denial;
}

// The last part of the sentence for something that cannot be allowed.
std::string NoRemedy(const Denial& denial, Locale locale) {
  std::string_view reason = denial.fix;
  const std::string prefix = Message(locale, "cannot be allowed: {}", "");
  if (reason.starts_with(prefix)) reason.remove_prefix(prefix.size());
  // Where the reason is the same there is no need to say it twice.
  if (Sentence(std::string(reason), locale) == denial.why) return Message(locale, "it cannot be allowed");
  return Message(locale, "it cannot be allowed: {}", reason);
}

// The last part of the sentence: what allows the call.
std::string Remedy(const Denial& denial, Locale locale) {
  const std::string& fix = denial.fix;
  if (denial.fix_in == fix_in::kNowhere) return NoRemedy(denial, locale);
  if (denial.fix_in == fix_in::kServer) return fix;
  if (denial.fix_in == fix_in::kRequest) {
    return Message(locale, "to allow it, the request asks for it with \"{}\"", fix);
  }
  if (denial.fix_in == fix_in::kBoth) {
    return Message(locale,
                   "to allow it, the operator sets \"{}\" in conf/config.yaml (instead of a line that sets "
                   "it already) and "
                   "the request asks for it",
                   fix);
  }
  if (denial.fix_in == fix_in::kConfig) {
    return Message(
        locale,
        "to allow it, the operator sets \"{}\" in conf/config.yaml (instead of a line that sets it already)",
        fix);
  }
  // A member of a JSON object begins with a quote, a line of requirements never does.
  if (denial.fix.starts_with('"') && fix_in::IsPackages(denial.fix_in)) {
    return Message(
        locale,
        "to allow it, the operator adds {} to the \"dependencies\" of {} and has the server install "
        "it (SIGHUP, or a restart)",
        fix, denial.fix_in);
  }
  return Message(
      locale,
      "to allow it, the operator adds the line \"{}\" to {} and has the server install it (SIGHUP, "
      "or a restart)",
      fix, denial.fix_in);
}

// `why` without its end, for use within a sentence.
std::string_view Clause(std::string_view why) {
  for (const std::string_view end : {".", "。"}) {
    if (why.ends_with(end)) why.remove_suffix(end.size());
  }
  return why;
}

}  // namespace

std::string Sentence(std::string text, Locale locale) {
  if (text.empty()) return text;
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  const std::string_view end = locale == Locale::kChinese ? "。" : ".";
  if (!text.ends_with(end)) text += end;
  return text;
}

void CannotBeAllowed(Denial& denial, std::string_view reason, Locale locale) {
  denial.fix = Message(locale, "cannot be allowed: {}", reason);
  denial.fix_in = fix_in::kNowhere;
}

Denial Explain(const Policy& policy, const RefusedCall& call, const DecodedCall& decoded, Locale locale) {
  const Syscall* syscall = FindSyscall(call.number);
  Denial denial;
  if (call.arch != NativeArch() || IsX32(call)) {
    denial = ExplainForeign(call, locale);
  } else if (syscall == nullptr) {
    denial = ExplainUnknown(call, locale);
  } else {
    denial = ExplainKnown(policy, *syscall, call, decoded, locale);
  }
  denial.number = call.number;
  return denial;
}

std::string DenialSentence(const Denial& denial, Locale locale) {
  const std::string tried =
      denial.line > 0 ? Message(locale, "{} in line {}", denial.tried, denial.line) : denial.tried;
  const std::string_view why = Clause(denial.why);
  const std::string remedy = Remedy(denial, locale);
  if (denial.syscall.empty()) {
    return Message(locale, "the code tried to {}, which failed: {}; {}.", tried, why, remedy);
  }
  if (denial.syscall.find(' ') != std::string::npos) {
    return Message(locale, "the code tried to {}, which was refused ({}): {}; {}.", tried, denial.syscall,
                   why, remedy);
  }
  return Message(locale, "the code tried to {}, which was refused (system call {}): {}; {}.", tried,
                 denial.syscall, why, remedy);
}

}  // namespace sandgate

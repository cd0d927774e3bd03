// SPDX-License-Identifier: Apache-2.0
// From rules to BPF. libseccomp accepts SCMP_ACT_NOTIFY as the default action, so that every call without
// an allow rule, including those of calls that did not exist when this was written, goes to the supervisor.
#include "policy/filter.h"

#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>

#include "base/error.h"
#include "base/fd.h"
#include "policy/end_mark.h"

namespace sandgate {

namespace {

struct ReleaseContext {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, ReleaseContext>;

// libseccomp returns negative errno values.
void CheckSeccomp(int result, const std::string& what) {
  if (result < 0) ThrowErrno("system call filter: " + what, -result);
}

Context NewContext() {
  Context context(seccomp_init(SCMP_ACT_NOTIFY));
  if (!context) {
    // libseccomp asks the kernel what it can do. Inside another filter the answer may be wrong, and the
    // program is made here but loaded elsewhere; so state the level that knows user notification.
    constexpr unsigned kLevelWithNotify = 6;
    seccomp_api_set(kLevelWithNotify);
    context.reset(seccomp_init(SCMP_ACT_NOTIFY));
  }
  if (!context) throw Error("system call filter: libseccomp is too old for user notification");
  CheckSeccomp(seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_NOTIFY), "foreign calls");
  constexpr unsigned kBinaryTree = 2;
  CheckSeccomp(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, kBinaryTree), "binary tree");
  return context;
}

scmp_arg_cmp Comparison(const Condition& condition) {
  if (condition.mask == ~std::uint64_t{0}) {
    return {condition.argument, SCMP_CMP_EQ, condition.value, 0};
  }
  return {condition.argument, SCMP_CMP_MASKED_EQ, condition.mask, condition.value};
}

void AddRule(const Context& context, const Rule& rule) {
  const std::uint32_t action =
      rule.verdict == Verdict::kAllow ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(static_cast<unsigned>(rule.answer));
  std::vector<scmp_arg_cmp> comparisons;
  std::ranges::transform(rule.when, std::back_inserter(comparisons), Comparison);
  const int result = seccomp_rule_add_array(context.get(), action, rule.number,
                                            static_cast<unsigned>(comparisons.size()), comparisons.data());
  // The same rule may come from two sources.
  if (result != -EEXIST) CheckSeccomp(result, "rule for " + rule.syscall);
}

// `rules` are those of one call, allow rules first. An unconditional allow rule makes all others idle.
void AddCall(const Context& context, std::span<const Rule> rules) {
  const auto plain = std::ranges::find_if(
      rules, [](const Rule& rule) { return rule.verdict == Verdict::kAllow && rule.when.empty(); });
  if (plain != rules.end()) return AddRule(context, *plain);
  for (const Rule& rule : rules) {
    if (rule.verdict == Verdict::kAllow || rule.verdict == Verdict::kUnavailable) AddRule(context, rule);
  }
}

// Every exit_group(2) but an end that is told.
void AddUntoldEnds(const Context& context) {
  const scmp_arg_cmp untold{1, SCMP_CMP_NE, kEndMark, 0};
  CheckSeccomp(seccomp_rule_add_array(context.get(), SCMP_ACT_ALLOW, SYS_exit_group, 1, &untold),
               "rule for exit_group");
}

std::string Export(const Context& context) {
  const Fd file(Check(::memfd_create("filter", MFD_CLOEXEC), "system call filter: memfd_create"));
  CheckSeccomp(seccomp_export_bpf(context.get(), file.get()), "export");
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  if (size <= 0) ThrowErrno("system call filter: size");
  std::string program(static_cast<std::size_t>(size), '\0');
  if (::pread(file.get(), program.data(), program.size(), 0) != size) ThrowErrno("system call filter: read");
  return program;
}

}  // namespace

std::string ExportFilter(const Policy& policy) {
  const Context context = NewContext();
  const std::span<const Rule> rules(policy.rules());
  const bool passes_ends_on = !AllowsProcesses(policy);
  for (std::size_t begin = 0; begin < rules.size();) {
    std::size_t end = begin;
    while (end < rules.size() && rules[end].number == rules[begin].number) ++end;
    if (rules[begin].number == SYS_exit_group && passes_ends_on) {
      AddUntoldEnds(context);
    } else {
      AddCall(context, rules.subspan(begin, end - begin));
    }
    begin = end;
  }
  return Export(context);
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// `sandgate syscalls [NAME|NUMBER]`: the reference of system calls, and what the policy of the configuration
// says of each.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "api/policy_reply.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "cli/load_config.h"
#include "cli/tell.h"
#include "policy/describe.h"
#include "sandbox/probe.h"

namespace sandgate {

namespace {

struct SyscallsOptions {
  std::string config_path{kDefaultConfigPath};
  std::string call;
  std::string group;
  std::string architecture{ArchitectureName(NativeArchitecture())};
  bool json = false;
  bool no_network = false;
};

// As runs would have it here. Where runs cannot be confined at all, the stricter policy is shown.
Isolation IsolationHere(const Config& config) {
  try {
    return ComputeIsolation(ProbeKernel(), config);
  } catch (const Error& error) {
    TellWarning(error.what());
    return {};
  }
}

std::string NumberOn(const Syscall& call, Architecture architecture) {
  const int number = SyscallNumber(call, architecture);
  return number < 0 ? "-" : std::to_string(number);
}

const Syscall& FindCall(const SyscallsOptions& options) {
  const std::string& text = options.call;
  std::int64_t number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  const Architecture architecture = ArchitectureOf(options.architecture).value_or(NativeArchitecture());
  const Syscall* call = is_number ? FindSyscall(number, architecture) : FindSyscall(text);
  if (call != nullptr) return *call;
  throw Error(is_number ? fmt::format("no system call has the number {} on {}", text, options.architecture)
                        : fmt::format("no system call is called \"{}\"; names are as in syscalls(2)", text));
}

std::string StandingText(Standing standing, Locale locale) {
  switch (standing) {
    case Standing::kAllowed:
      return Message(locale, "allowed");
    case Standing::kConditional:
      return Message(locale, "allowed with some arguments");
    case Standing::kUnavailable:
      return Message(locale, "answered ENOSYS");
    case Standing::kRefused:
      return Message(locale, "refused");
    case Standing::kAbsent:
      return Message(locale, "not on this architecture");
  }
  return "";
}

void PrintLine(const std::string& label, const std::string& value) {
  if (!value.empty()) std::printf("  %s: %s\n", label.c_str(), value.c_str());
}

void PrintCall(const CallDescription& one, Locale locale) {
  std::printf("%s\n", std::string(one.call->name).c_str());
  PrintLine(Message(locale, "number"),
            fmt::format("x86_64 {}, aarch64 {}", NumberOn(*one.call, Architecture::kAmd64),
                        NumberOn(*one.call, Architecture::kAarch64)));
  PrintLine(Message(locale, "group"), std::string(GroupName(one.call->group)));
  PrintLine(Message(locale, "what it does"), one.does);
  PrintLine(Message(locale, "policy"), StandingText(one.standing, locale));
  PrintLine(Message(locale, "why"), one.why);
  PrintLine(Message(locale, "what it gives an attacker"), one.hazard);
  PrintLine(Message(locale, "what allows it, or more of it"), one.setting);
  PrintLine(Message(locale, "rules"), one.rules.empty() ? "" : " ");
  for (const CallRule& rule : one.rules) {
    std::printf("    %s (%s)%s%s: %s\n", rule.verdict.c_str(), rule.source.c_str(),
                rule.when.empty() ? "" : " ", rule.when.c_str(), rule.why.c_str());
  }
}

void PrintTable(const std::vector<CallDescription>& calls, Locale locale) {
  std::printf("%-24s %7s %8s  %-9s %s\n", "", "x86_64", "aarch64", "", "");
  for (const CallDescription& one : calls) {
    const std::string hazard =
        one.hazard.empty() || one.standing != Standing::kRefused ? "" : ", " + Message(locale, "hazardous");
    std::printf("%-24s %7s %8s  %-9s %s%s\n", std::string(one.call->name).c_str(),
                NumberOn(*one.call, Architecture::kAmd64).c_str(),
                NumberOn(*one.call, Architecture::kAarch64).c_str(),
                std::string(GroupName(one.call->group)).c_str(), StandingText(one.standing, locale).c_str(),
                hazard.c_str());
  }
}

int ShowSyscalls(const SyscallsOptions& options) {
  const LoadedConfig loaded = LoadConfig(options.config_path);
  for (const std::string& warning : loaded.warnings) TellWarning(warning);
  const Locale locale = LocaleOf(loaded.config.language);
  const bool network = loaded.config.enable_network && !options.no_network;
  const Policy policy = Policy::Make(MakePolicyOptions(loaded.config, IsolationHere(loaded.config), network));
  std::vector<CallDescription> calls;
  if (options.call.empty()) {
    calls = DescribeAll(policy, locale);
  } else {
    calls = {Describe(policy, FindCall(options), locale)};
  }
  if (!options.group.empty()) {
    std::erase_if(calls,
                  [&](const CallDescription& one) { return GroupName(one.call->group) != options.group; });
  }
  if (options.json) {
    std::printf("%s\n", api::CallsJson(calls).c_str());
  } else if (options.call.empty()) {
    PrintTable(calls, locale);
  } else {
    for (const CallDescription& one : calls) PrintCall(one, locale);
  }
  return 0;
}

}  // namespace

void AddSyscallsCommand(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("syscalls", "Tells of system calls, and what the policy says of them");
  const auto options = std::make_shared<SyscallsOptions>();
  command->add_option("CALL", options->call, "A name or a number; without it a table of all calls");
  command->add_option("--config", options->config_path, "The configuration file")->capture_default_str();
  command->add_option("--group", options->group, "Only calls of this group")
      ->check(CLI::IsMember(
          {"files", "memory", "process", "network", "signals", "time", "ipc", "kernel", "identity"}));
  command->add_option("--arch", options->architecture, "The architecture that a number is meant for")
      ->check(CLI::IsMember({"x86_64", "aarch64"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "For machines");
  command->add_flag("--no-network", options->no_network)
      ->description("As for a request with enable_network: false");
  command->callback([options, &status] { status = ShowSyscalls(*options); });
}

}  // namespace sandgate

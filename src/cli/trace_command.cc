// SPDX-License-Identifier: Apache-2.0
// `sandgate trace FILE`: runs a program once, carries out the calls that the policy refuses and an operator
// could allow, and prints the smallest addition to the policy. stdout is YAML to paste; the program's output
// and the summary go to stderr.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/load_config.h"
#include "cli/one_run.h"
#include "cli/show_denials.h"
#include "policy/profile.h"
#include "policy/profile_text.h"

namespace sandgate {

namespace {

struct TraceOptions {
  std::string config_path{kDefaultConfigPath};
  ProgramChoice program;
  std::optional<std::string> save;
  bool network = false;
};

void Say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

void PrintOutput(const RunResult& result) {
  std::fwrite(result.stdout_bytes.data(), 1, result.stdout_bytes.size(), stderr);
  std::fwrite(result.stderr_bytes.data(), 1, result.stderr_bytes.size(), stderr);
}

void PrintSummary(const RunResult& result, Locale locale, const std::string& config_file) {
  Say(fmt::format("-- {}, isolation {}, {:.1f} ms", OutcomeName(result.outcome), result.isolation_mode,
                  result.usage.wall_ms));
  Say(Message(locale, "Traced in one run. Refused calls carried out: {}; rules they need: {}.",
              result.additions->calls, result.additions->rules.size()));
  if (result.denied.empty()) return;
  Say(std::string(Translate(locale, "Refused in the trace too:")));
  Say(ShowDenials(result.denied, {locale, IsTerminal(stderr), config_file}));
}

// The rules of a profile that is used in the place of the configuration's: those of both and the new ones.
void Save(const Config& config, const std::string& name, const Additions& additions, Locale locale) {
  std::vector<Rule> rules;
  for (const std::string& known : {name, config.profile}) {
    if (known.empty() || known == kNoProfile) continue;
    const std::optional<Profile> profile = ReadProfile(config.profiles_folder, known);
    if (profile) rules = MergeRules(rules, profile->rules);
  }
  rules = MergeRules(rules, additions.rules);
  WriteProfile(config.profiles_folder, {name, rules});
  Say(Message(locale, "Saved in {}; it is used with profile: {}", ProfilePath(config.profiles_folder, name),
              name));
}

// 0 when the program ran to a good end.
int Trace(const TraceOptions& options) {
  LoadedConfig loaded = LoadConfig(options.config_path);
  PrintWarnings(loaded);
  Config& config = loaded.config;
  const Locale locale = LocaleOf(config.language);
  if (options.save && !IsProfileName(*options.save)) {
    throw Error(Message(locale,
                        "\"{}\" is no name of a profile: up to 64 of a-z, 0-9, \".\", \"_\" and \"-\"",
                        *options.save));
  }
  const bool offered = config.enable_network;
  if (options.network) config.enable_network = true;
  RunRequest request = MakeRequest(options.program, config);
  request.trace = true;
  RunResult result = RunOnce(config, std::move(request));
  if (options.network && !offered) {
    result.additions->enable_network = true;
    result.additions->network_offered = false;
  }
  PrintOutput(result);
  const std::string text = AdditionsText(*result.additions, locale, config.file, config.profiles_folder);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  PrintSummary(result, locale, config.file);
  if (options.save) Save(config, *options.save, *result.additions, locale);
  return result.outcome == Outcome::kOk ? 0 : 1;
}

}  // namespace

void AddTraceCommand(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("trace", "Runs one file and prints what the policy must add for it to pass");
  const auto options = std::make_shared<TraceOptions>();
  command->add_option("--config", options->config_path, "The configuration file")->capture_default_str();
  command->add_option("FILE", options->program.file, "The program; -: standard input")->required();
  AddLanguageOption(*command, options->program);
  command->add_option("--save", options->save, "Add what is found to the profile of this name");
  CLI::Option* on = command->add_flag("--network", options->network, "Give the program the network");
  command->add_flag("--no-network", options->program.no_network, "As a request with enable_network: false")
      ->excludes(on);
  command->footer("Exit status: 0 the program ended well, 1 it did not, or could not be run.");
  command->callback([options, &status] { status = Trace(*options); });
}

}  // namespace sandgate

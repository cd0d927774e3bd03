// SPDX-License-Identifier: Apache-2.0
// `sandgate explain FILE`: runs one program under its policy and tells what it was refused and what would
// allow it; with --run-id it tells what the log knows of a run of the server.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "api/reply.h"
#include "base/characters.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/load_config.h"
#include "cli/logged_run.h"
#include "cli/one_run.h"
#include "cli/show_denials.h"
#include "cli/tell.h"

namespace sandgate {

namespace {

constexpr int kNothingRefused = 0;
constexpr int kRefusedOrFailed = 1;
constexpr int kUsage = 2;

struct ExplainOptions {
  std::string config_path{kDefaultConfigPath};
  ProgramChoice program;
  std::string run_id;
  bool json = false;
};

int StatusOf(const std::vector<Denial>& denied, bool fine) {
  return denied.empty() && fine ? kNothingRefused : kRefusedOrFailed;
}

void Write(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// The last line: how it ended. Without a cause, what the program itself said comes before it.
std::string Ending(const RunResult& result, Locale locale) {
  const std::string_view outcome = OutcomeName(result.outcome);
  if (!result.denied.empty()) {
    return Message(locale, "{} refused; the program ended with status {} ({})", result.denied.size(),
                   result.exit_code, outcome);
  }
  const std::string said = result.outcome == Outcome::kOk ? "" : Printable(result.error, Lines::kMany);
  return fmt::format("{}{}{}", said, said.empty() || said.ends_with('\n') ? "" : "\n",
                     Message(locale, "nothing was refused; the program ended with status {} ({})",
                             result.exit_code, outcome));
}

int ExplainProgram(const ExplainOptions& options, const Config& config) {
  const RunResult result = RunOnce(config, MakeRequest(options.program, config));
  const Locale locale = LocaleOf(config.language);
  if (options.json) {
    Write(api::RunReply(result).body + "\n");
  } else {
    Write(ShowDenials(result.denied, {locale, IsTerminal(stdout), config.file}) + Ending(result, locale) +
          "\n");
  }
  return StatusOf(result.denied, result.outcome == Outcome::kOk);
}

int ExplainLogged(const ExplainOptions& options, const Config& config) {
  const LoggedRun run = FindLoggedRun(config.log_path, options.run_id);
  const Locale locale = LocaleOf(config.language);
  if (options.json) {
    Write(run.json + "\n");
  } else {
    Write(ShowDenials(run.denied, {locale, IsTerminal(stdout), config.file}) +
          Message(locale, "{} refused; outcome: {}", run.denied.size(), run.outcome) + "\n");
  }
  return StatusOf(run.denied, run.outcome == OutcomeName(Outcome::kOk));
}

int Explain(const ExplainOptions& options) {
  if (options.program.file.empty() == options.run_id.empty()) {
    throw Error("explain: name a program, or a run with --run-id");
  }
  const LoadedConfig loaded = LoadConfig(options.config_path);
  PrintWarnings(loaded);
  return options.run_id.empty() ? ExplainProgram(options, loaded.config)
                                : ExplainLogged(options, loaded.config);
}

int ExplainOrSayWhyNot(const ExplainOptions& options) {
  try {
    return Explain(options);
  } catch (const Error& error) {
    TellFailure(error.what());
    return kUsage;
  }
}

}  // namespace

void AddExplainCommand(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("explain", "Tells what a program is refused, why, and what would allow it");
  const auto options = std::make_shared<ExplainOptions>();
  command->add_option("--config", options->config_path, "The configuration file")->capture_default_str();
  command->add_option("FILE", options->program.file, "The program; -: standard input");
  AddLanguageOption(*command, options->program);
  command->add_option("--run-id", options->run_id, "A run of the server, from its log");
  command->add_flag("--json", options->json, "The reply of the API, for machines");
  command->add_flag("--no-network", options->program.no_network, "As a request with enable_network: false");
  command->footer("Exit status: 0 nothing refused, 1 something refused or failed, 2 could not be told.");
  command->callback([options, &status] { status = ExplainOrSayWhyNot(*options); });
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// `sandgate run FILE`: runs one program in the jail, as a request would, and shows what it did: stdout and
// stderr as they are, then, where it failed or something was refused, what the API would say.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <sstream>
#include <string>

#include "cli/commands.h"
#include "cli/load_config.h"
#include "cli/one_run.h"
#include "cli/show_denials.h"

namespace sandgate {

namespace {

struct RunOptions {
  std::string config_path{kDefaultConfigPath};
  ProgramChoice program;
};

// The lines of the reply that tell which limit or signal ended it: "error: timeout" and a sentence.
std::string WhyEnded(const RunResult& result) {
  if (result.outcome == Outcome::kOk || result.outcome == Outcome::kFailed) return "";
  std::istringstream lines(result.error);
  std::string code;
  std::string headline;
  std::string sentence;
  std::getline(lines, code);
  std::getline(lines, headline);
  std::getline(lines, sentence);
  return headline + "\n" + sentence + "\n";
}

void Print(const RunResult& result, Locale locale, const std::string& config_file) {
  std::fwrite(result.stdout_bytes.data(), 1, result.stdout_bytes.size(), stdout);
  std::fflush(stdout);
  const std::string told =
      fmt::format("{}-- {}, isolation {}, {:.1f} ms\n{}{}", result.stderr_bytes, OutcomeName(result.outcome),
                  result.isolation_mode, result.usage.wall_ms, WhyEnded(result),
                  ShowDenials(result.denied, {locale, IsTerminal(stderr), config_file}));
  std::fwrite(told.data(), 1, told.size(), stderr);
}

// The program's exit status; 1 when it was ended otherwise.
int RunFile(const RunOptions& options) {
  const LoadedConfig loaded = LoadConfig(options.config_path);
  PrintWarnings(loaded);
  const RunResult result = RunOnce(loaded.config, MakeRequest(options.program, loaded.config));
  Print(result, LocaleOf(loaded.config.language), loaded.path);
  return result.exit_code < 0 ? 1 : result.exit_code;
}

}  // namespace

void AddRunCommand(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("run", "Runs one Python or Node.js file in the jail");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("--config", options->config_path, "The configuration file")->capture_default_str();
  command->add_option("FILE", options->program.file, "The program; -: standard input")->required();
  AddLanguageOption(*command, options->program);
  command->add_flag("--no-network", options->program.no_network)
      ->description("As a request with enable_network: false");
  command->footer("Exit status: the program's own; 1 where it was ended otherwise, or could not be run.");
  command->callback([options, &status] { status = RunFile(*options); });
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// `sandgate config` loads the configuration exactly as the server does and prints what came of it, so that an
// operator sees which value is in force and why before starting anything. Secrets are never printed.
#include "cli/config_command.h"

#include <iostream>
#include <memory>
#include <string>

#include "base/characters.h"
#include "cli/load_config.h"
#include "cli/tell.h"
#include "config/effective.h"

namespace sandgate {

namespace {

struct Arguments {
  std::string path{kDefaultConfigPath};
  bool docs = false;
};

void Run(const Arguments& arguments) {
  if (arguments.docs) {
    std::cout << DocsText() << std::flush;
    return;
  }
  const LoadedConfig loaded = LoadConfig(arguments.path);
  for (const std::string& warning : loaded.warnings) TellWarning(warning);
  std::cout << Printable(EffectiveText(loaded), Lines::kMany) << std::flush;
}

}  // namespace

void AddConfigCommand(CLI::App& app) {
  // Lives as long as the verb's callback, which holds it.
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("config", "Show the configuration in force, or document all options");
  CLI::Option* effective = verb->add_flag("--effective");
  effective->description("Every value in force and its source (the default)");
  verb->add_flag("--docs", arguments->docs, "The text of docs/config.md")->excludes(effective);
  verb->add_option("--config", arguments->path, "Configuration file")->capture_default_str();
  verb->callback([arguments] { Run(*arguments); });
}

}  // namespace sandgate

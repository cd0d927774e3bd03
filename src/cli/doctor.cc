// SPDX-License-Identifier: Apache-2.0
// `sandgate doctor`: each isolation layer, in force or not, why, and what gives it; the interpreters; how
// runs are started.
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "cli/load_config.h"
#include "cli/one_run.h"
#include "cli/packages.h"
#include "deps/build.h"
#include "deps/installers.h"
#include "i18n/filled.h"
#include "sandbox/interpreter.h"
#include "sandbox/isolation.h"
#include "sandbox/probe.h"

namespace sandgate {

namespace {

void PrintInterpreter(Language language, const std::string& configured, Locale locale) {
  const InterpreterSearch search = FindInterpreter(language, configured);
  const std::string name(LanguageName(language));
  if (search.found)
    std::printf("  %-8s %s (%s)\n", name.c_str(), search.found->path.c_str(), search.found->version.c_str());
  if (!search.warning.empty()) {
    std::printf("  %-8s %s\n", name.c_str(),
                Message(locale, "warning: {}", TranslateFilled(locale, search.warning)).c_str());
  }
}

// The marks are one word in every language: programs look for them.
void PrintLayer(const Layer& layer, Locale locale) {
  std::printf("  [%s] %-16s %s\n", layer.in_force ? "yes" : " no", layer.name.c_str(),
              TranslateFilled(locale, layer.reason).c_str());
  if (layer.hint.empty()) return;
  std::printf("        %-16s %s\n", "",
              Message(locale, "to get it: {}", TranslateFilled(locale, layer.hint)).c_str());
}

// Starts the fork servers and lets each make a run, as the server does.
void PrintSpawners(const Config& config, Locale locale) {
  std::printf("%s\n", Message(locale, "spawners:").c_str());
  try {
    boost::asio::io_context io(1);
    Logger log(LogOptions{.to_stderr = true, .level = LogLevel::kError});
    Engine engine(io, config, log);
    const auto unforked = [&engine, locale](Language language) {
      return engine.StartsAhead(language) ? Message(locale, "started ahead, one process for each run")
                                          : Message(locale, "started cold");
    };
    engine.UseForkServers();
    engine.WarmUp();
    const std::vector<SpawnerStatus> all = engine.spawners().Status();
    engine.ShutDown();
    for (const SpawnerStatus& status : all) {
      const bool forked = status.kind != SpawnerKind::kExec;
      const std::string how = forked ? Message(locale, "forked from a warmed interpreter")
                                     : unforked(status.environment.language) + ": " + status.problem;
      std::printf("  %-26s %s\n", EnvironmentText(status.environment).c_str(), how.c_str());
    }
    for (const auto& [language, interpreter] : engine.interpreters()) {
      const std::string why = engine.WhyCold(language, interpreter);
      if (why.empty()) continue;
      const std::string name(LanguageName(language));
      std::printf("  %-26s %s: %s\n", name.c_str(), unforked(language).c_str(),
                  TranslateFilled(locale, why).c_str());
    }
  } catch (const Error& error) {
    std::printf("  %s\n", Message(locale, "cannot be tried: {}", error.what()).c_str());
  }
}

void PrintWarning(const std::string& text, Locale locale) {
  std::printf("           %s\n", Message(locale, "warning: {}", text).c_str());
}

// Asked in an ordinary run, which sees what an installer sees.
void PrintMissingInstaller(const Config& config, Language language, Locale locale) {
  const bool python = language == Language::kPython;
  const InterpreterSearch search =
      FindInterpreter(language, python ? config.python_path : config.nodejs_path);
  if (!search.found) return;  // told already
  const std::string& path = search.found->path;
  RunRequest request;
  request.language = language;
  request.code = InstallerSearch(language);
  request.start = Start::kCold;
  request.run_id = RandomHex(16);
  const RunResult result = RunOnce(config, std::move(request), WithPackages::kNo);
  if (result.outcome != Outcome::kOk) throw Error(result.error);
  if (!Trim(result.stdout_bytes).empty()) return;
  PrintWarning(
      python ? Message(locale,
                       "nothing can be installed, as {} has no pip, and there is no uv; Debian's own has "
                       "pip after: apt-get install python3-pip",
                       path)
             : Message(locale,
                       "nothing can be installed, as there is no npm for {}; Debian has it: "
                       "apt-get install npm",
                       path),
      locale);
}

// Of one environment: its file, whether it is built, and what will keep it from being so.
void PrintEnvironment(const Config& config, const EnvironmentKey& key, Locale locale) {
  const std::string file = RequirementsFile(config, key);
  std::error_code ignored;
  if (file.empty() || !std::filesystem::exists(file, ignored)) return;
  std::string state = Message(locale, "nothing is installed yet; the server does that when it starts");
  for (const Manifest& manifest : EnvironmentFolderSet(config.environments_folder).Whole()) {
    if (manifest.key != key) continue;
    state = Message(locale, "packages: {}, installed {}, for {}", manifest.packages.size(), manifest.built_at,
                    manifest.interpreter);
    break;
  }
  std::string lock_file;
  const Requirements asked = ReadRequested(config, key, lock_file);
  if (asked.lines.empty()) state = Message(locale, "it asks for no package");
  std::printf("  %-8s %s: %s\n", std::string(LanguageName(key.language)).c_str(), file.c_str(),
              state.c_str());
  if (asked.lines.empty()) return;
  PrintMissingInstaller(config, key.language, locale);
  if (key.language != Language::kNode || !lock_file.empty()) return;
  PrintWarning(Message(locale,
                       "it has no lock file beside it, so each installation may bring other versions; "
                       "\"npm install --package-lock-only\" writes one"),
               locale);
}

// Which packages the configuration asks for, and whether an environment with them is there.
void PrintPackages(const Config& given, Locale locale) {
  std::printf("%s\n", Message(locale, "packages:").c_str());
  Config config = given;
  config.environments_folder = FindFolderOfEnvironments(config);
  std::vector<EnvironmentKey> keys;
  std::vector<std::string> names{""};
  for (const NamedEnvironment& environment : config.environments) names.push_back(environment.name);
  for (const std::string& name : names) {
    for (const Language language : {Language::kPython, Language::kNode}) keys.push_back({language, name});
  }
  bool any = false;
  for (const EnvironmentKey& key : keys) {
    std::error_code ignored;
    any = any || std::filesystem::exists(RequirementsFile(config, key), ignored);
    try {
      PrintEnvironment(config, key, locale);
    } catch (const Error& error) {
      std::printf("  %-8s %s\n", std::string(LanguageName(key.language)).c_str(),
                  Message(locale, "cannot be tried: {}", error.what()).c_str());
    }
  }
  if (any) return;
  std::printf("  %s\n", Message(locale, "none are asked for: there is neither {} nor {}",
                                config.python_requirements, config.package_json)
                            .c_str());
}

// 0: runs can be confined as configured; 1: the server would refuse to start.
int Doctor(const std::string& path) {
  const LoadedConfig loaded = LoadConfig(path);
  const Locale locale = LocaleOf(loaded.config.language);
  for (const std::string& warning : loaded.warnings) {
    std::printf("%s\n", Message(locale, "warning: {}", TranslateFilled(locale, warning)).c_str());
  }
  const Isolation isolation = ComputeIsolation(ProbeKernel(), loaded.config);
  std::printf("%s\n", Message(locale, "isolation mode: {}", ModeName(isolation.mode)).c_str());
  for (const Layer& layer : isolation.layers) PrintLayer(layer, locale);
  std::printf("%s\n", Message(locale, "interpreters:").c_str());
  PrintInterpreter(Language::kPython, loaded.config.python_path, locale);
  PrintInterpreter(Language::kNode, loaded.config.nodejs_path, locale);
  PrintPackages(loaded.config, locale);
  PrintSpawners(loaded.config, locale);
  return 0;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("doctor", "Tells which isolation layers are in force here, and why");
  const auto path = std::make_shared<std::string>(kDefaultConfigPath);
  command->add_option("--config", *path, "The configuration file")->capture_default_str();
  command->footer("Exit status: 0 runs can be confined as configured, 1 the server would refuse to start.");
  command->callback([path, &status] { status = Doctor(*path); });
}

}  // namespace sandgate

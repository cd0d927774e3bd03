// SPDX-License-Identifier: Apache-2.0
// `sandgate doctor`: each isolation layer, in force or not, why, and what gives it; the interpreters.
#include <cstdio>
#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "config/load.h"
#include "sandbox/interpreter.h"
#include "sandbox/isolation.h"
#include "sandbox/probe.h"

namespace sandgate {

namespace {

void PrintInterpreter(Language language, const std::string& configured) {
  const InterpreterSearch search = FindInterpreter(language, configured);
  const std::string name(LanguageName(language));
  if (search.found)
    std::printf("  %-8s %s (%s)\n", name.c_str(), search.found->path.c_str(), search.found->version.c_str());
  if (!search.warning.empty()) std::printf("  %-8s warning: %s\n", name.c_str(), search.warning.c_str());
}

void PrintLayer(const Layer& layer) {
  std::printf("  [%s] %-16s %s\n", layer.in_force ? "yes" : " no", layer.name.c_str(), layer.reason.c_str());
  if (!layer.hint.empty()) std::printf("        %-16s to get it: %s\n", "", layer.hint.c_str());
}

// 0: runs can be confined as configured; 1: the server would refuse to start.
int Doctor(const std::string& path) {
  const LoadedConfig loaded = Load(path, ProcessEnvironment());
  for (const std::string& warning : loaded.warnings) std::printf("warning: %s\n", warning.c_str());
  const Isolation isolation = ComputeIsolation(ProbeKernel(), loaded.config);
  std::printf("isolation mode: %s\n", ModeName(isolation.mode).c_str());
  for (const Layer& layer : isolation.layers) PrintLayer(layer);
  std::printf("interpreters:\n");
  PrintInterpreter(Language::kPython, loaded.config.python_path);
  PrintInterpreter(Language::kNode, loaded.config.nodejs_path);
  return 0;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("doctor", "Tells which isolation layers are in force here, and why");
  const auto path = std::make_shared<std::string>(kDefaultConfigPath);
  command->add_option("--config", *path, "The configuration file")->capture_default_str();
  command->callback([path, &status] { status = Doctor(*path); });
}

}  // namespace sandgate

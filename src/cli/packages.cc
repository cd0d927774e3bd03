// SPDX-License-Identifier: Apache-2.0
#include "cli/packages.h"

#include <filesystem>

#include "base/error.h"
#include "cli/install_jail.h"
#include "config/values.h"
#include "sandbox/scratch.h"

namespace sandgate {

namespace asio = boost::asio;

std::string MakeFolderForEnvironments(const Config& config, const Logger& log) {
  try {
    return MakeEnvironmentsFolder(StateBase(config.state_dir));
  } catch (const Error& error) {
    log.Warn("no packages can be installed", {{"reason", error.what()}});
    return "";
  }
}

std::string FindFolderOfEnvironments(const Config& config) {
  for (const std::string& base : StateBases(config.state_dir)) {
    std::error_code ignored;
    if (std::filesystem::is_directory(base + "/environments", ignored)) return base + "/environments";
  }
  return "";
}

void WarnOfMissingFiles(const LoadedConfig& loaded, const Logger& log) {
  const Config& config = loaded.config;
  const auto check = [&log](const std::string& setting, const std::string& file) {
    std::error_code ignored;
    if (file.empty() || std::filesystem::exists(file, ignored)) return;
    log.Warn("the file of packages that is configured does not exist: none are installed from it",
             {{"setting", setting}, {"file", file}});
  };
  const auto check_option = [&](const char* key, const std::string& file) {
    if (loaded.SourceOf(key).origin != Origin::kDefault) check(key, file);
  };
  check_option("dependencies.python_requirements", config.python_requirements);
  check_option("dependencies.package_json", config.package_json);
  for (const NamedEnvironment& environment : config.environments) {
    check("environments." + environment.name + ".python_requirements", environment.python_requirements);
    check("environments." + environment.name + ".package_json", environment.package_json);
  }
}

PackageKeeping::PackageKeeping(asio::io_context& io, Engine& engine, const Config& config, Logger& log,
                               std::function<void(const EnvironmentKey&)> on_change)
    : folders_(engine.environment_folders().host) {
  if (engine.environment_folders().host.empty()) return;
  auto open_jail = [&](InstallPlace place) {
    return OpenJailForInstallers(io, engine, config, log, std::move(place));
  };
  BuildParts build{config,
                   engine.runner(),
                   engine.interpreters(),
                   folders_,
                   engine.environment_folders().runs,
                   open_jail,
                   pool_,
                   log};
  KeeperParts parts{std::move(build), engine.environments(), {}, {}, {}, std::move(on_change), {}};
  parts.add = [&engine](Language language, const EnvironmentLease& built) { engine.Add(language, built); };
  parts.retire = [&engine](Language language, const EnvironmentLease& built) {
    engine.Retire(language, built);
  };
  parts.warm_up = [&engine](EnvironmentLease built) { return engine.spawners().WarmUp(std::move(built)); };
  parts.interval = std::chrono::duration_cast<std::chrono::seconds>(
      ParseGoDuration(config.python_deps_update_interval).value_or(std::chrono::nanoseconds(0)));
  keeper_.emplace(io, std::move(parts));
}

}  // namespace sandgate

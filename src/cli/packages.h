// SPDX-License-Identifier: Apache-2.0
// The packages of an engine's runs: what deps/ needs of the engine, put together. `serve` builds
// environments; other commands use those that are there.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>
#include <string>

#include "cli/engine.h"
#include "config/load.h"
#include "deps/keeper.h"

namespace sandgate {

// For Config::environments_folder, before the engine is made: makes the folder; where there can be none, that
// is logged and it is empty. The second finds one that is there.
std::string MakeFolderForEnvironments(const Config& config, const Logger& log);
std::string FindFolderOfEnvironments(const Config& config);

// Logs each file of packages that the configuration names and that is not there. One that nobody names may be
// missing.
void WarnOfMissingFiles(const LoadedConfig& loaded, const Logger& log);

class PackageKeeping {
 public:
  // All of it outlives this object. `on_change`: another environment is in use.
  PackageKeeping(boost::asio::io_context& io, Engine& engine, const Config& config, Logger& log,
                 std::function<void(const EnvironmentKey&)> on_change);

  // Null where there are no environments.
  EnvironmentKeeper* keeper() { return keeper_ ? &*keeper_ : nullptr; }

 private:
  EnvironmentFolderSet folders_;
  boost::asio::thread_pool pool_{1};
  std::optional<EnvironmentKeeper> keeper_;
};

}  // namespace sandgate

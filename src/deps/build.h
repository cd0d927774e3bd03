// SPDX-License-Identifier: Apache-2.0
// Builds one environment: has the packages installed in a jail of its own, takes the folder over, and lets
// ordinary runs import what has come. What user files, installers and packages do wrong is a BuildFailure.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "deps/folders.h"
#include "deps/requirements.h"
#include "obs/log.h"
#include "run/runner.h"

namespace sandgate {

// The text is for the operator: what failed, the line of the file where it can be told, and the installer's
// own last words. No password of a URL is in it.
class BuildFailure : public Error {
 public:
  using Error::Error;
};

// A jail whose runs install: the one folder is their working directory and all that they can write, they have
// the network, and may start processes where those can be ended.
class InstallJail {
 public:
  virtual ~InstallJail() = default;
  virtual boost::asio::awaitable<RunResult> Run(RunRequest request) = 0;
  // When it returns, no process of the jail is left. To be awaited before the end of the object.
  virtual boost::asio::awaitable<void> Close() = 0;
  virtual std::uint32_t uid() const = 0;  // of its runs
};

struct InstallPlace {
  std::string host_folder;                   // made already
  std::string folder;                        // as runs see it
  std::vector<std::string> read_only_paths;  // that installers see beside what runs do
  std::vector<std::pair<std::string, std::string>> variables;
};

using OpenInstallJail = std::function<std::unique_ptr<InstallJail>(InstallPlace)>;

struct BuildParts {
  const Config& config;
  Runner& runner;  // of ordinary runs
  const std::map<Language, Interpreter>& interpreters;
  const EnvironmentFolderSet& folders;
  std::string runs_folder;  // that of `folders`, as runs see it
  OpenInstallJail open_jail;
  boost::asio::thread_pool& pool;
  const Logger& log;
};

// What goes into an environment.
struct Recipe {
  EnvironmentKey key;
  Requirements requirements;
  std::string lock_file;  // of package.json; empty: none
  std::string fingerprint;
  bool empty() const { return requirements.lines.empty(); }
};

// What RequirementsFile() asks for; `lock_file` as in Recipe. Throws Error where a file cannot be read, or is
// one of the server's own.
Requirements ReadRequested(const Config& config, const EnvironmentKey& key, std::string& lock_file);
// Throws Error where ReadRequested() does.
Recipe MakeRecipe(const BuildParts& parts, const EnvironmentKey& key);

// The interpreter of an environment in the folder `id`.
Interpreter InterpreterIn(const BuildParts& parts, const EnvironmentKey& key, const std::string& id);

// Installs into the folder, which is `id`'s, empty, and its builder's; the caller removes it when this
// throws. `step` is told what is being done, which is as in
// Environments::Step(). Throws BuildFailure, and Error for faults of our own.
boost::asio::awaitable<Manifest> Build(const BuildParts& parts, const Recipe& recipe, std::string id,
                                       std::function<void(std::string)> step);

}  // namespace sandgate

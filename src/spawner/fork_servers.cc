// SPDX-License-Identifier: Apache-2.0
#include "spawner/fork_servers.h"

#include <embedded/boot.h>

#include <string_view>
#include <utility>

#include "base/text.h"
#include "sandbox/planner.h"

namespace sandgate {

namespace {

// What the code of workflows imports, as far as it is cheap, starts no thread and reads no configuration.
// "?": where it is installed. Each makes every fork dearer, by the memory that it takes. The first three are
// what most runs touch, and lie together.
constexpr std::string_view kWarmModules =
    "concurrent.futures.thread json base64 "
    "abc ast bisect calendar collections contextlib copy csv dataclasses datetime decimal difflib enum "
    "fractions functools hashlib heapq hmac html io itertools linecache logging math operator os pathlib "
    "random re secrets shutil statistics string struct tempfile textwrap threading time traceback types "
    "typing unicodedata urllib.parse uuid warnings zlib ?jinja2";
// What is of use with a network only.
constexpr std::string_view kNetworkModules = "asyncio http.client ssl urllib.request ?requests";

std::vector<std::string> WarmModules(const std::vector<std::string>& configured, bool network) {
  std::vector<std::string> modules;
  for (const std::string& name : configured) {
    if (name == "default") {
      for (std::string& module : SplitList(kWarmModules, ' ')) modules.push_back(std::move(module));
      if (!network) continue;
      for (std::string& module : SplitList(kNetworkModules, ' ')) modules.push_back(std::move(module));
    } else {
      modules.push_back(name);
    }
  }
  return modules;
}

}  // namespace

SpawnerSpec PythonForkServer(const ForkServerInputs& inputs) {
  SpawnerSpec spec;
  spec.kind = SpawnerKind::kPython;
  // As a run is started cold, so that sys.flags is the same; python_serve.py takes the working directory
  // out of sys.path before it imports anything.
  // Of an environment nothing is started here: its children enter it when every lock is in force.
  const Interpreter& interpreter = inputs.interpreter;
  spec.argv = {interpreter.environment.empty() ? interpreter.path : interpreter.base,
               "-B",
               "-c",
               std::string(embedded::kShowUncaughtPy) + std::string(embedded::kPythonServePy),
               inputs.library,
               interpreter.environment};
  for (std::string& module : WarmModules(inputs.config.warm_modules, inputs.network))
    spec.argv.push_back(std::move(module));
  const std::string& program = interpreter.path;
  // What has the value of a run already, the children need not set.
  spec.envp = {"PATH=" + program.substr(0, program.rfind('/')) + ":/usr/local/bin:/usr/bin:/bin",
               "USER=sandbox", "LOGNAME=sandbox", "LANG=C.UTF-8", "LC_ALL=C.UTF-8",
               // These libraries start threads when they are imported; a fork would lose them.
               "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "NUMEXPR_NUM_THREADS=1",
               "NUMEXPR_MAX_THREADS=1", "JE_ARROW_MALLOC_CONF=background_thread:false",
               // Else each child looks a function up when it first calls it, and changes a page for that.
               "LD_BIND_NOW=1"};
  if (inputs.scratch.empty()) {
    // No packages of a user; and no TMPDIR, or the shim would map the jail's own paths in /tmp to it.
    spec.envp.push_back("HOME=/nonexistent");
    spec.envp.push_back("MPLCONFIGDIR=" + inputs.caches);  // matplotlib is not imported without
  } else {
    for (const char* name : {"HOME=", "TMPDIR=", "PWD=", "MPLCONFIGDIR="}) {
      spec.envp.push_back(name + inputs.scratch);
    }
  }
  if (!inputs.config.allow_processes) spec.envp.emplace_back(kJoblibInSequence);
  if (!inputs.config.tz.empty()) spec.envp.push_back("TZ=" + inputs.config.tz);
  if (!inputs.tmp_shim.empty()) spec.envp.push_back("LD_PRELOAD=" + inputs.tmp_shim);
  return spec;
}

SpawnerSpec NodeForkServer(const ForkServerInputs& inputs) {
  SpawnerSpec spec;
  spec.kind = SpawnerKind::kNode;
  spec.argv = {
      inputs.interpreter.path,
      // Node's program code in anonymous memory, where code_mappings.h cannot put it there: before Linux 6.1.
      "--use-largepages=silent", "--preserve-symlinks-main", "--require", inputs.node_serve, "/tmp/main.js"};
  spec.envp = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent", "LANG=C.UTF-8", "LC_ALL=C.UTF-8",
               "SANDGATE_NODE_LIBRARY=" + inputs.library};
  if (!inputs.config.tz.empty()) spec.envp.push_back("TZ=" + inputs.config.tz);
  if (!inputs.tmp_shim.empty()) spec.envp.push_back("LD_PRELOAD=" + inputs.tmp_shim);
  return spec;
}

}  // namespace sandgate

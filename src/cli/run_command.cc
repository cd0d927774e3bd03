// SPDX-License-Identifier: Apache-2.0
// `sandgate run FILE`: runs one program in the jail, as a request would, and shows what it did: stdout and
// stderr as they are, then, where it failed or something was refused, what the API would say.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "config/load.h"
#include "obs/log.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

struct RunOptions {
  std::string config_path{kDefaultConfigPath};
  std::string file;
  bool no_network = false;
};

Language LanguageOf(const std::string& file) {
  for (const char* ending : {".js", ".cjs", ".mjs"}) {
    if (file.ends_with(ending)) return Language::kNode;
  }
  if (file.ends_with(".py")) return Language::kPython;
  throw Error(file + ": the name must end in .py, .js, .cjs or .mjs");
}

RunRequest MakeRequest(const RunOptions& options, const Config& config) {
  RunRequest request;
  request.language = LanguageOf(options.file);
  auto code = sys::ReadFile(options.file);
  if (!code) ThrowErrno("read " + options.file);
  request.code = std::move(*code);
  request.enable_network = config.enable_network && !options.no_network;
  request.run_id = RandomHex(16);
  request.locale = LocaleOf(config.language);
  return request;
}

void Print(const RunResult& result) {
  std::fwrite(result.stdout_bytes.data(), 1, result.stdout_bytes.size(), stdout);
  std::fflush(stdout);
  std::fwrite(result.stderr_bytes.data(), 1, result.stderr_bytes.size(), stderr);
  std::fprintf(stderr, "-- %s, isolation %s, %.1f ms\n", std::string(OutcomeName(result.outcome)).c_str(),
               result.isolation_mode.c_str(), result.usage.wall_ms);
  for (const Denial& denial : result.denied) {
    std::fprintf(stderr, "refused: %s(%s), %llu times\n  why: %s\n  fix: %s\n", denial.syscall.c_str(),
                 denial.args.c_str(), static_cast<unsigned long long>(denial.count), denial.why.c_str(),
                 denial.fix.c_str());
  }
}

// The program's exit status; 1 when it was ended otherwise.
int RunFile(const RunOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);
  const LoadedConfig loaded = Load(options.config_path, ProcessEnvironment());
  Logger log(LogOptions{.path = "", .level = LogLevel::kError});
  RunRequest request = MakeRequest(options, loaded.config);
  asio::io_context io(1);
  Engine engine(io, loaded.config, log);
  std::optional<RunResult> result;
  std::exception_ptr failed;
  asio::co_spawn(io, engine.runner().Run(std::move(request)), [&](std::exception_ptr error, RunResult value) {
    failed = error;
    result = std::move(value);
    io.stop();
  });
  io.run();
  if (failed) std::rethrow_exception(failed);
  Print(*result);
  return result->exit_code < 0 ? 1 : result->exit_code;
}

}  // namespace

void AddRunCommand(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("run", "Runs one Python or Node.js file in the jail");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("--config", options->config_path, "The configuration file")->capture_default_str();
  command->add_option("FILE", options->file, "The program")->required();
  command->add_flag("--no-network", options->no_network)
      ->description("As a request with enable_network: false");
  command->callback([options, &status] { status = RunFile(*options); });
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "cli/one_run.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"
#include "cli/engine.h"
#include "cli/packages.h"
#include "deps/build.h"
#include "obs/log.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

Language LanguageOf(const ProgramChoice& choice) {
  if (choice.language == "python3") return Language::kPython;
  if (choice.language == "nodejs") return Language::kNode;
  if (!choice.language.empty()) throw Error(choice.language + ": the language is python3 or nodejs");
  if (choice.file == "-") throw Error("a program from standard input needs --language python3 or nodejs");
  for (const char* ending : {".js", ".cjs", ".mjs"}) {
    if (choice.file.ends_with(ending)) return Language::kNode;
  }
  if (choice.file.ends_with(".py")) return Language::kPython;
  throw Error(choice.file +
              ": the name must end in .py, .js, .cjs or .mjs, or --language say python3 or nodejs");
}

// As long a program as a request may be.
std::string ReadProgram(const std::string& file, std::int64_t max_bytes) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) ThrowErrno("read " + file);
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string code;
  std::array<char, 65536> part;
  while (in.read(part.data(), part.size()), in.gcount() > 0) {
    code.append(part.data(), static_cast<std::size_t>(in.gcount()));
    if (code.size() > static_cast<std::size_t>(max_bytes)) {
      throw Error(file + ": larger than " + std::to_string(max_bytes) + " bytes (server.max_body_bytes)");
    }
  }
  if (in.bad()) ThrowErrno("read " + file);
  return code;
}

// Of a package where no server has installed any: only its file can tell.
PackageState StateInFile(const Config& config, const EnvironmentKey& key, const std::string& package) try {
  std::string lock_file;
  const bool named = FindRequest(ReadRequested(config, key, lock_file), package) != nullptr;
  return named ? PackageState::kToInstall : PackageState::kNotNamed;
} catch (const Error&) {
  return PackageState::kNotNamed;
}

}  // namespace

void AddLanguageOption(CLI::App& command, ProgramChoice& choice) {
  command.add_option("--language", choice.language, "python3 or nodejs; else told by the file's name");
}

RunRequest MakeRequest(const ProgramChoice& choice, const Config& config) {
  RunRequest request;
  request.language = LanguageOf(choice);
  request.code = ReadProgram(choice.file, config.max_body_bytes);
  request.enable_network = config.enable_network && !choice.no_network;
  request.run_id = RandomHex(16);
  request.locale = LocaleOf(config.language);
  return request;
}

RunResult RunOnce(const Config& given, RunRequest request, WithPackages packages) {
  Logger log(LogOptions{.to_stderr = true, .level = LogLevel::kError});
  asio::io_context io(1);
  Config config = given;
  config.environments_folder = packages == WithPackages::kYes ? FindFolderOfEnvironments(config) : "";
  Engine engine(io, config, log);
  PackageKeeping keeping(io, engine, config, log, {});
  if (keeping.keeper() != nullptr) {
    keeping.keeper()->Adopt();
  } else {
    engine.environments().OnMissing([&config](const EnvironmentKey& key, const std::string& package) {
      return StateInFile(config, key, package);
    });
  }
  std::optional<RunResult> result;
  std::exception_ptr failed;
  asio::co_spawn(io, engine.runner().Run(std::move(request)), [&](std::exception_ptr error, RunResult value) {
    failed = error;
    result = std::move(value);
    io.stop();
  });
  io.run();
  io.restart();
  engine.ShutDown();  // what the answer has not waited for
  if (failed) std::rethrow_exception(failed);
  return std::move(*result);
}

}  // namespace sandgate

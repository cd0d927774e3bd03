// SPDX-License-Identifier: Apache-2.0
#include "deps/build.h"

#include <embedded/deps.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "deps/installers.h"
#include "deps/package_json.h"
#include "deps/passwords.h"
#include "run/aside.h"

namespace sandgate {

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::string_view kBuilderVersion = "1";  // of what this file makes of the same files
constexpr const char* kWorkFolder = "/.work";      // of the installers; goes when they have ended

// What was installed, and what of it programs import.
struct Installed {
  std::string name;
  std::string version;
  bool asked_for = false;  // by name, in the files
  std::vector<std::string> modules;
  std::vector<std::string> users;  // modules of packages that ask for it
};

// Of a name or version as installers take them; what is installed may say anything.
std::string PlainWord(const json::value& value) {
  constexpr std::size_t kMost = 256;
  std::string word(value.as_string());
  const auto is_plain = [](char c) { return c >= ' ' && c < 0x7f; };
  if (word.size() > kMost || !std::ranges::all_of(word, is_plain)) {
    throw Error("no name or version: " + Shown(word));
  }
  return word;
}

std::vector<Installed> ParseInstalled(const std::string& text) {
  try {
    const json::value parsed = json::parse(text);
    std::vector<Installed> all;
    for (const json::value& value : parsed.as_array()) {
      const json::array& row = value.as_array();
      Installed one{PlainWord(row.at(0)), PlainWord(row.at(1)), row.at(2).as_bool(), {}, {}};
      for (const json::value& module : row.at(3).as_array()) one.modules.emplace_back(module.as_string());
      if (row.size() > 4) {  // only Python's have them
        for (const json::value& module : row[4].as_array()) one.users.emplace_back(module.as_string());
      }
      all.push_back(std::move(one));
    }
    return all;
  } catch (const std::exception& error) {
    throw Error(std::string("list what was installed: ") + error.what());
  }
}

std::string Now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

class Builder {
 public:
  Builder(const BuildParts& parts, const Recipe& recipe, std::string id,
          std::function<void(std::string)> step)
      : parts_(parts),
        recipe_(recipe),
        id_(std::move(id)),
        folder_(parts.folders.PathOf(id_)),
        seen_(parts.runs_folder + "/" + id_),
        step_(std::move(step)) {
    auto built = std::make_shared<BuiltEnvironment>();
    built->id = id_;
    built->name = recipe.key.name;
    built->language = recipe.key.language;
    built->interpreter = InterpreterIn(parts, recipe.key, id_);
    built_ = std::move(built);
  }

  asio::awaitable<Manifest> Make();

 private:
  asio::awaitable<void> Install();
  asio::awaitable<void> InstallIn(InstallJail& jail);
  asio::awaitable<void> RunInstaller(InstallJail& jail, InstallerProgram program);
  asio::awaitable<void> TakeOver(std::uint32_t uid);
  asio::awaitable<std::vector<Installed>> List();
  asio::awaitable<void> Import(const Installed& installed);
  [[noreturn]] void ThrowTooSlow(const Installed& next) const;
  asio::awaitable<RunResult> RunOrdinary(std::string code);
  RunRequest ColdRun(std::string code) const;

  const BuildParts& parts_;
  const Recipe& recipe_;
  std::string id_;
  std::string folder_;
  std::string seen_;
  std::function<void(std::string)> step_;
  EnvironmentLease built_;
};

RunRequest Builder::ColdRun(std::string code) const {
  RunRequest request;
  request.language = recipe_.key.language;
  request.code = std::move(code);
  request.start = Start::kCold;
  request.run_id = RandomHex(16);
  return request;
}

asio::awaitable<void> Builder::RunInstaller(InstallJail& jail, InstallerProgram program) {
  RunRequest request = ColdRun(std::move(program.code));
  request.enable_network = true;
  if (program.in_environment) request.built = built_;
  const RunResult result = co_await jail.Run(std::move(request));
  const std::string output = WithoutPasswords(result.stdout_bytes + result.stderr_bytes);
  parts_.log.Info("installer", {{"environment", id_},
                                {"program", program.name},
                                {"outcome", OutcomeName(result.outcome)},
                                {"output", output}});
  if (result.outcome != Outcome::kOk)
    throw BuildFailure(WhyInstallerFailed(parts_.config, recipe_, result, output));
}

asio::awaitable<void> Builder::InstallIn(InstallJail& jail) {
  for (InstallerProgram& program : ProgramsFor(parts_.config, recipe_)) {
    step_(std::string(program.step));
    co_await RunInstaller(jail, std::move(program));
  }
}

asio::awaitable<void> Builder::Install() {
  if (recipe_.key.language == Language::kNode && recipe_.lock_file.empty()) {
    parts_.log.Warn("package.json has no lock file beside it: each installation may bring other versions",
                    {{"file", RequirementsFile(parts_.config, recipe_.key)},
                     {"hint", "npm install --package-lock-only writes one"}});
  }
  InstallPlace place = PlaceFor(parts_.config, recipe_);
  place.host_folder = folder_;
  place.folder = seen_;
  const std::unique_ptr<InstallJail> jail = parts_.open_jail(std::move(place));
  std::exception_ptr failed;
  try {
    co_await InstallIn(*jail);
  } catch (...) {
    failed = std::current_exception();
  }
  co_await jail->Close();
  if (failed) std::rethrow_exception(failed);
  co_await TakeOver(jail->uid());
}

asio::awaitable<void> Builder::TakeOver(std::uint32_t uid) {
  const std::string& interpreter = parts_.interpreters.at(recipe_.key.language).path;
  auto work = [folders = parts_.folders, folder = folder_, seen = seen_, uid, interpreter]() -> std::string {
    try {
      if (!folders.RemovePart(folder + kWorkFolder)) return "what installers worked with cannot be removed";
      Seal(folder, seen, uid, fs::canonical(interpreter).string());
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  };
  const std::string problem = co_await Aside(parts_.pool, std::move(work));
  if (!problem.empty()) throw BuildFailure(fmt::format("what was installed is not taken: {}", problem));
}

asio::awaitable<RunResult> Builder::RunOrdinary(std::string code) {
  RunRequest request = ColdRun(std::move(code));
  request.built = built_;
  request.enable_network = parts_.config.enable_network;
  co_return co_await parts_.runner.Run(std::move(request));
}

asio::awaitable<std::vector<Installed>> Builder::List() {
  std::string code(recipe_.key.language == Language::kPython ? embedded::kListModulesPy
                                                             : embedded::kListModulesJs);
  const RunResult result = co_await RunOrdinary(std::move(code));
  if (result.outcome != Outcome::kOk) {
    throw BuildFailure(fmt::format("a program does not start with what was installed: {}",
                                   LastLines(WithoutPasswords(result.error))));
  }
  co_return ParseInstalled(result.stdout_bytes);
}

std::string ImportProgram(Language language, const Installed& installed) {
  const std::string list = JsonList(installed.modules);
  if (language == Language::kNode) {
    return "const modules = " + list + ";\n" + std::string(embedded::kImportModulesJs);
  }
  return "modules = " + list + "\ndistribution = " + json::serialize(json::string(installed.name)) +
         "\nusers = " + JsonList(installed.users) + "\n" + std::string(embedded::kImportModulesPy);
}

// A timeout may be the machine's: a second try has the files in memory.
asio::awaitable<void> Builder::Import(const Installed& installed) {
  if (installed.modules.empty()) co_return;
  const std::string code = ImportProgram(recipe_.key.language, installed);
  RunResult result = co_await RunOrdinary(code);
  if (result.outcome == Outcome::kTimeout) result = co_await RunOrdinary(code);
  if (result.outcome == Outcome::kOk) {
    // What modules print themselves is of interest as well.
    const std::string said = LastLines(WithoutPasswords(result.stdout_bytes));
    if (!said.empty()) {
      parts_.log.Info("modules that cannot be imported, or speak when they are",
                      {{"environment", id_}, {"package", installed.name}, {"output", said}});
    }
    co_return;
  }
  const std::string error = LastLines(WithoutPasswords(result.error));
  const RequirementLine* line = FindLine(recipe_.requirements, installed.name);
  if (installed.asked_for || line != nullptr) {
    throw BuildFailure(fmt::format("{} {} cannot be imported{}: {}", installed.name, installed.version,
                                   PlaceOf(line), error));
  }
  parts_.log.Warn("a package that others brought along cannot be imported",
                  {{"environment", id_}, {"package", installed.name}, {"error", error}});
}

void Builder::ThrowTooSlow(const Installed& next) const {
  throw BuildFailure(fmt::format(
      "importing what was installed took longer than dependencies.install_timeout ({} s); {} {} was next{}",
      parts_.config.install_timeout, next.name, next.version,
      PlaceOf(FindLine(recipe_.requirements, next.name))));
}

asio::awaitable<Manifest> Builder::Make() {
  co_await Install();
  step_("trying what was installed");
  const std::vector<Installed> all = co_await List();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(parts_.config.install_timeout);
  Manifest manifest;
  for (const Installed& installed : all) {
    if (std::chrono::steady_clock::now() > end) ThrowTooSlow(installed);
    step_(fmt::format("importing package {} of {}", manifest.packages.size() + 1, all.size()));
    co_await Import(installed);
    manifest.packages.emplace_back(installed.name, installed.version);
  }
  const Interpreter& interpreter = parts_.interpreters.at(recipe_.key.language);
  manifest.id = id_;
  manifest.key = recipe_.key;
  manifest.fingerprint = recipe_.fingerprint;
  manifest.interpreter = interpreter.path;
  manifest.version = interpreter.version;
  manifest.built_at = Now();
  co_return manifest;
}

// The distributions that the interpreter comes with are among what pip takes for installed.
std::string DistributionsOf(const Interpreter& interpreter) {
  std::set<std::string> names;
  for (const std::string& root : interpreter.roots) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root, error)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".dist-info") || name.ends_with(".egg-info")) names.insert(root + "/" + name + "\n");
    }
  }
  std::string text;
  for (const std::string& name : names) text += name;
  return text;
}

fs::path Canonical(const std::string& path) {
  std::error_code ignored;
  return fs::weakly_canonical(fs::absolute(path), ignored);
}

bool IsInPlace(const fs::path& path, const std::string& place) {
  return !place.empty() && IsIn(path, Canonical(place));
}

// The lines of a file with "-r" in front are told in errors, and packages may read it.
void RequireThatNoneIsOurs(const Config& config, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const fs::path path = Canonical(file);
    const bool is_data = IsInPlace(path, config.log_path) || IsInPlace(path, config.state_dir);
    if (IsInPlace(path, config.file) || (is_data && !IsInPlace(path, config.dependencies_folder))) {
      throw BuildFailure(fmt::format("{} is one of the server's own files, not one of requirements", file));
    }
  }
}

}  // namespace

Requirements ReadRequested(const Config& config, const EnvironmentKey& key, std::string& lock_file) {
  const std::string file = RequirementsFile(config, key);
  Requirements requirements =
      key.language == Language::kPython ? ReadRequirements(file) : ReadPackageJson(file, lock_file);
  RequireThatNoneIsOurs(config, requirements.files);
  return requirements;
}

Recipe MakeRecipe(const BuildParts& parts, const EnvironmentKey& key) {
  const Config& config = parts.config;
  const Interpreter& interpreter = parts.interpreters.at(key.language);
  Recipe recipe;
  recipe.key = key;
  recipe.requirements = ReadRequested(config, key, recipe.lock_file);
  const fs::path folder = config.dependencies_folder;
  recipe.fingerprint =
      Fingerprint({std::string(kBuilderVersion), parts.runs_folder, key.name, recipe.requirements.contents,
                   interpreter.path, interpreter.version, DistributionsOf(interpreter),
                   WithoutPasswords(config.python_pip_mirror_url), WithoutPasswords(config.npm_registry),
                   Listing((folder / "wheels").string())});
  return recipe;
}

Interpreter InterpreterIn(const BuildParts& parts, const EnvironmentKey& key, const std::string& id) {
  Interpreter interpreter = parts.interpreters.at(key.language);
  const std::string folder = parts.runs_folder + "/" + id;
  if (key.language == Language::kPython) {
    interpreter.base = interpreter.path;
    interpreter.path = folder + "/bin/python3";
    interpreter.environment = folder;
  } else {
    interpreter.packages = folder;
  }
  return interpreter;
}

asio::awaitable<Manifest> Build(const BuildParts& parts, const Recipe& recipe, std::string id,
                                std::function<void(std::string)> step) {
  Builder builder(parts, recipe, std::move(id), std::move(step));
  Manifest manifest = co_await builder.Make();
  co_return manifest;
}

}  // namespace sandgate

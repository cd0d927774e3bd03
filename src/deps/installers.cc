// SPDX-License-Identifier: Apache-2.0
#include "deps/installers.h"

#include <embedded/deps.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <regex>

#include "base/text.h"
#include "run/server_paths.h"

namespace sandgate {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

// Configuration of the installers, and what tells them which system this is.
constexpr const char* kInstallersFiles[] = {
    "/etc/pip.conf",    "/etc/xdg/pip",        "/etc/uv", "/etc/npmrc", "/etc/os-release",
    "/etc/lsb-release", "/etc/debian_version",
};

// Steps, as they are told.
constexpr std::string_view kMaking = "making the environment";
constexpr std::string_view kInstalling = "installing packages";

// What is searched for names: std::regex needs stack for each character that it matches.
constexpr std::size_t kSearchedBytes = std::size_t{64} << 10;
constexpr std::size_t kSearchedInLine = 500;

std::string Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) ? path.string() : "";
}

void AddExisting(Variables& variables, const char* name, const fs::path& path) {
  if (!Exists(path).empty()) variables.emplace_back(name, path.string());
}

void AddPython(const Config& config, Variables& variables) {
  const fs::path folder = config.dependencies_folder;
  const std::string& mirror = config.python_pip_mirror_url;
  if (!mirror.empty()) {
    variables.emplace_back("PIP_INDEX_URL", mirror);
    variables.emplace_back("UV_DEFAULT_INDEX", mirror);
  }
  static const std::regex kPlainHost(R"(^http://(?:[^/@]*@)?(\[[^\]]*\]|[^:/]+).*$)");
  std::smatch match;
  if (std::regex_match(mirror, match, kPlainHost)) variables.emplace_back("PIP_TRUSTED_HOST", match[1]);
  AddExisting(variables, "PIP_FIND_LINKS", folder / "wheels");
  AddExisting(variables, "UV_FIND_LINKS", folder / "wheels");
  AddExisting(variables, "PIP_CONFIG_FILE", folder / "pip.conf");
  AddExisting(variables, "NETRC", folder / ".netrc");
  if (config.dependencies_offline) {
    variables.emplace_back("PIP_NO_INDEX", "1");
    variables.emplace_back("UV_OFFLINE", "1");
  }
}

void AddNode(const Config& config, Variables& variables) {
  const fs::path folder = config.dependencies_folder;
  if (!config.npm_registry.empty()) variables.emplace_back("npm_config_registry", config.npm_registry);
  AddExisting(variables, "npm_config_userconfig", folder / ".npmrc");
  if (config.dependencies_offline) variables.emplace_back("npm_config_offline", "true");
}

// What pip gets may hold passwords that are not for the scripts of npm's packages, and the other way round.
bool IsOfOtherInstaller(Language language, std::string_view name) {
  if (name.starts_with("PIP_") || name.starts_with("UV_")) return language != Language::kPython;
  return EqualsIgnoreCase(name.substr(0, 4), "npm_") && language != Language::kNode;
}

// Those of the server, unless the configuration says something else.
Variables VariablesFor(const Config& config, const Recipe& recipe) {
  Variables variables;
  if (recipe.key.language == Language::kPython) {
    AddPython(config, variables);
  } else {
    AddNode(config, variables);
  }
  for (const auto& [name, value] : config.installer_variables) {
    if (IsOfOtherInstaller(recipe.key.language, name)) continue;
    const auto same = [&name = name](const auto& other) { return other.first == name; };
    if (std::ranges::none_of(variables, same)) variables.emplace_back(name, value);
  }
  return variables;
}

// The last of `output` without blank lines and the ends of long ones.
std::string Searched(std::string_view output) {
  std::string lines;
  for (std::size_t begin = 0; begin < output.size();) {
    const std::size_t end = std::min(output.find('\n', begin), output.size());
    const std::string_view line = output.substr(begin, end - begin);
    begin = end + 1;
    if (!Trim(line).empty()) lines.append(line.substr(0, kSearchedInLine)).append("\n");
  }
  if (lines.size() > kSearchedBytes) lines.erase(0, lines.size() - kSearchedBytes);
  return lines;
}

// The package that an error of pip or npm is about; empty where it names none.
std::string PackageIn(const std::string& output) {
  static const std::regex kPatterns[] = {
      std::regex(R"(No matching distribution found for ([A-Za-z0-9][\w.-]*))"),
      std::regex(R"(satisfies the requirement ([A-Za-z0-9][\w.-]*))"),
      std::regex(R"(DO NOT MATCH THE HASHES[^\n]*\n\s*([A-Za-z0-9][\w.-]*?)(?:==|\s))"),
      std::regex(R"(Hashes are required[^\n]*\n\s*([A-Za-z0-9][\w.-]*?)(?:==|\s))"),
      std::regex(R"(Cannot install (?:-r [^\n]* and )?([A-Za-z0-9][\w.-]*?)(?:==|,|\s))"),
      std::regex(R"(Failed building wheel for ([A-Za-z0-9][\w.-]*))"),
      std::regex(R"(Failed to build (?:')?([A-Za-z0-9][\w.-]*))"),
      std::regex(R"(404\s+'?((?:@[\w.-]+/)?[A-Za-z0-9][\w.-]*)@)"),
      std::regex(R"(No matching version found for ((?:@[\w.-]+/)?[A-Za-z0-9][\w.-]*)@)"),
  };
  std::smatch match;
  for (const std::regex& pattern : kPatterns) {
    if (std::regex_search(output, match, pattern)) return match[1];
  }
  return "";
}

// The one that pip began with last: where it was ended, that is what it was at.
std::string LatestIn(const std::string& output) {
  static const std::regex kBegun(
      R"((?:^|\n)(?:Collecting|Processing (?:\S*/)?)\s*([A-Za-z0-9][\w.]*?)(?=[-=<>~!;\[ \n]))");
  std::string latest;
  for (auto next = std::sregex_iterator(output.begin(), output.end(), kBegun); next != std::sregex_iterator();
       ++next) {
    latest = (*next)[1];
  }
  return latest;
}

// "(from line 3 of FILE)", "(from -r FILE (line 3))"
const RequirementLine* LineNamedIn(const std::string& output, const Requirements& requirements) {
  static const std::regex kLineOf(R"(from line (\d+) of ([^)\s]+))");
  static const std::regex kFrom(R"(\(from -r ([^)\s]+) \(line (\d+)\)\))");
  std::smatch match;
  std::string file;
  int number = 0;
  if (std::regex_search(output, match, kLineOf)) {
    number = std::atoi(match[1].str().c_str());
    file = match[2];
  } else {
    // The latest that was worked on.
    for (auto next = std::sregex_iterator(output.begin(), output.end(), kFrom);
         next != std::sregex_iterator(); ++next) {
      file = (*next)[1];
      number = std::atoi((*next)[2].str().c_str());
    }
  }
  const auto found = std::ranges::find_if(requirements.lines, [&](const RequirementLine& line) {
    return line.file == file && line.number == number;
  });
  return found == requirements.lines.end() ? nullptr : &*found;
}

// The file that was not read, as the installer is an ordinary user; empty where that is not what failed.
std::string ClosedFile(const Recipe& recipe, const std::string& output) {
  if (output.find("ermission denied") == std::string::npos) return "";
  std::vector<std::string> files = recipe.requirements.files;
  files.push_back(recipe.lock_file);
  const auto closed = std::ranges::find_if(files, [&](const std::string& file) {
    return !file.empty() && output.find(file) != std::string::npos && LookAt(file) != PathState::kReadable;
  });
  return closed == files.end() ? "" : *closed;
}

}  // namespace

std::string JsonList(const std::vector<std::string>& texts) {
  return json::serialize(json::array(texts.begin(), texts.end()));
}

std::string InstallerSearch(Language language) {
  return language == Language::kPython
             ? std::string(embedded::kFindPipPy) + "print(find_installer())\n"
             : std::string(embedded::kFindNpmJs) + "console.log(findInstaller());\n";
}

std::vector<InstallerProgram> ProgramsFor(const Config& config, const Recipe& recipe) {
  const std::string file = RequirementsFile(config, recipe.key);
  if (recipe.key.language == Language::kPython) {
    return {{"venv", kMaking, std::string(embedded::kMakeVenvPy), false},
            {"pip", kInstalling,
             std::string(embedded::kFindPipPy) + "arguments = " + JsonList({"-r", file}) + "\n" +
                 std::string(embedded::kInstallPythonPy),
             true}};
  }
  const std::string cache = Exists(fs::path(config.dependencies_folder) / "npm-cache");
  return {{"npm", kInstalling,
           std::string(embedded::kFindNpmJs) + "const inputs = " + JsonList({file, recipe.lock_file, cache}) +
               ";\n" + std::string(embedded::kInstallNodeJs),
           false}};
}

InstallPlace PlaceFor(const Config& config, const Recipe& recipe) {
  InstallPlace place;
  place.variables = VariablesFor(config, recipe);
  place.read_only_paths = recipe.requirements.files;
  if (!recipe.lock_file.empty()) place.read_only_paths.push_back(recipe.lock_file);
  place.read_only_paths.push_back(config.dependencies_folder);
  for (const char* path : kInstallersFiles) place.read_only_paths.emplace_back(path);
  // Certificates, configuration files, folders of wheels.
  for (const auto& [name, value] : place.variables) {
    if (value.starts_with('/') && value != "/" && !Exists(value).empty())
      place.read_only_paths.push_back(value);
  }
  return place;
}

std::string WhyInstallerFailed(const Config& config, const Recipe& recipe, const RunResult& result,
                               const std::string& output) {
  const std::string searched = Searched(output);
  const RequirementLine* line = FindLine(recipe.requirements, PackageIn(searched));
  if (line == nullptr) line = LineNamedIn(searched, recipe.requirements);
  if (line == nullptr) line = FindLine(recipe.requirements, LatestIn(searched));
  std::string rest = PlaceOf(line);
  const std::string last = LastLines(output);
  if (!last.empty()) rest += ":\n" + last;
  // What is not among its words: a refused call.
  for (const Denial& denial : result.denied) rest += "\n" + DenialSentence(denial);
  switch (result.outcome) {
    case Outcome::kTimeout:
      return fmt::format("installing took longer than dependencies.install_timeout ({} s){}",
                         config.install_timeout, rest);
    case Outcome::kDiskLimit:
      return fmt::format(
          "the environment is larger than dependencies.install_mb ({} MiB), or has too many files{}",
          config.install_mb, rest);
    case Outcome::kOutOfMemory:
      return fmt::format("the installer needs more memory than dependencies.memory_mb ({} MiB){}",
                         config.install_memory_mb, rest);
    default:
      break;
  }
  const std::string closed = ClosedFile(recipe, searched);
  if (closed.empty()) return fmt::format("the installer failed{}", rest);
  return fmt::format(
      "the installer, an ordinary user, may not read {}: chmod o+r it, and o+x the folders above it{}",
      closed, rest);
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The order of precedence and the collecting of mistakes. All mistakes are collected before the start
// is refused, so that an operator mends a file in one go. A mistake in the file that a good value of the
// environment overrides is only a warning.
#include "config/load.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "config/environments.h"
#include "config/keys.h"
#include "config/nearest.h"
#include "config/paths.h"
#include "config/yaml_file.h"

namespace sandgate {

namespace {

class Loader {
 public:
  Loader(const std::string& path, const Environment& environment) : environment_(environment) {
    result_.path = path;
    result_.config = DefaultConfig();
    result_.config.file = path;
    result_.sources.resize(Options().size());
    mistakes_.resize(Options().size());
  }

  LoadedConfig Run() {
    ApplyFile();
    for (std::size_t i = 0; i < Options().size(); ++i) ApplyVariable(i);
    CheckKeys();
    ThrowMistakes();
    result_.config.limit_processes_is_set = result_.SourceOf("limits.processes").origin != Origin::kDefault;
    WarnOfOddities();
    PlaceProfiles();
    PlaceDependencies(result_.path, result_.config);
    for (const auto& [name, value] : environment_) {
      if (IsForInstallers(name)) result_.config.installer_variables.emplace_back(name, value);
    }
    return std::move(result_);
  }

 private:
  void ApplyFile();
  void ApplySetting(const Setting& setting);
  void ApplyEnvironment(const Setting& setting);
  void ApplyVariable(std::size_t index);
  void ApplyValue(std::size_t index, const RawValue& value, const Source& source);
  void ApplySyscalls(std::size_t index, const RawValue& value, const Source& source);
  bool IsGroup(std::string_view key) const;
  void RejectGroupValue(const Setting& setting);
  void WarnUnknown(const Setting& setting);
  void CheckKeys();
  void ThrowMistakes() const;
  void PlaceProfiles();
  void WarnOfOddities();
  void WarnOfShownPaths(std::string_view key, const std::vector<std::string>& paths);

  std::string Place(int line) const { return fmt::format("{}:{}", result_.path, line); }
  void Warn(std::string text) { result_.warnings.push_back(std::move(text)); }

  const Environment& environment_;
  LoadedConfig result_;
  std::map<std::string, int> seen_;                   // keys of the file and their lines
  std::vector<std::string> other_mistakes_;           // those that belong to no single option
  std::vector<std::optional<std::string>> mistakes_;  // one for each of Options(): of the value in force
};

// The option with that key, as an index into Options().
std::optional<std::size_t> FindKey(std::string_view key) {
  for (std::size_t i = 0; i < Options().size(); ++i) {
    if (!key.empty() && Options()[i].key == key) return i;
  }
  return std::nullopt;
}

// The option that the key of a setting belongs to: its own, or, for "max_workers.a", the one that should
// have been a plain value.
std::optional<std::size_t> FindOwner(std::string_view key) {
  const auto index = FindKey(key);
  const std::size_t dot = key.rfind('.');
  if (index || dot == std::string_view::npos) return index;
  return FindOwner(key.substr(0, dot));
}

// Kubernetes gives every pod variables for the services around it, and calls that of a service "sandbox"
// SANDBOX_PORT=tcp://10.0.0.1:8194. Nobody chose it as a port to listen on.
bool IsServiceLink(const Option& option, std::string_view text) {
  return option.env == "SANDBOX_PORT" && text.starts_with("tcp://");
}

void Loader::ApplyFile() {
  const std::optional<std::string> text = ReadConfigFile(result_.path);
  result_.file_found = text.has_value();
  if (!text) {
    if (result_.path.empty()) throw Error("the name of the configuration file is empty");
    if (result_.path != kDefaultConfigPath) {
      throw Error(fmt::format("configuration file {} does not exist", result_.path));
    }
    Warn(
        fmt::format("configuration file {} does not exist: defaults and environment are used", result_.path));
    return;
  }
  for (const Setting& setting : ParseSettings(*text, result_.path)) {
    const auto [first, is_new] = seen_.emplace(setting.key, setting.line);
    if (is_new) {
      ApplySetting(setting);
    } else {
      other_mistakes_.push_back(fmt::format("{}: given twice, at {} and {}; keep one of them", setting.key,
                                            Place(first->second), Place(setting.line)));
    }
  }
}

void Loader::ApplySetting(const Setting& setting) {
  const auto index = FindOwner(setting.key);
  if (setting.key.starts_with(std::string(kEnvironmentsGroup) + ".")) return ApplyEnvironment(setting);
  if (!index) {
    if (IsGroup(setting.key)) {
      RejectGroupValue(setting);
    } else {
      WarnUnknown(setting);
    }
    return;
  }
  const Option& option = Options()[*index];
  RawValue value = setting.value;
  if (setting.key != option.key) value.shape = RawValue::Shape::kMapping;
  if (value.empty() && option.kind != Kind::kSecret) return;
  if (value.shape == RawValue::Shape::kNothing) value.shape = RawValue::Shape::kText;  // an empty key
  value.line = value.line > 0 ? value.line : setting.line;
  ApplyValue(*index, value, {Origin::kFile, Place(setting.line)});
}

void Loader::ApplyEnvironment(const Setting& setting) {
  const std::string_view path = std::string_view(setting.key).substr(kEnvironmentsGroup.size() + 1);
  RawValue value = setting.value;
  value.line = value.line > 0 ? value.line : setting.line;
  if (const auto bad = AssignEnvironment(path, value, result_.config.environments)) {
    other_mistakes_.push_back(
        fmt::format("{}: {} (from {}) is not {}", setting.key, bad->shown, Place(value.line), bad->expected));
  }
  result_.sources[*FindKey(kEnvironmentsGroup)] = {Origin::kFile, Place(setting.line)};
}

void Loader::ApplyVariable(std::size_t index) {
  const Option& option = Options()[index];
  const auto variable = option.env.empty() ? environment_.end() : environment_.find(option.env);
  if (variable == environment_.end()) return;
  const RawValue value = RawValue::Text(variable->second);
  if (value.empty() && option.kind != Kind::kSecret) return;
  if (IsServiceLink(option, variable->second)) {
    Warn(
        fmt::format("{} (from environment {}) is Kubernetes' address of a service, not a port: ignored; "
                    "enableServiceLinks: false in the pod avoids it",
                    option.env, option.env));
    return;
  }
  const std::optional<std::string> overridden = std::exchange(mistakes_[index], std::nullopt);
  ApplyValue(index, value, {Origin::kEnvironment, std::string(option.env)});
  if (overridden && !mistakes_[index])
    Warn(fmt::format("{}; environment {} is used", *overridden, option.env));
}

// Entry by entry: the list only adds to the policy, so that one which can be no call may be left out. Lists
// written for other versions and servers then still start.
void Loader::ApplySyscalls(std::size_t index, const RawValue& value, const Source& source) {
  const Option& option = Options()[index];
  const bool from_file = source.origin == Origin::kFile;
  std::vector<std::string> entries;
  result_.syscall_places.clear();
  std::vector<RawValue> items = ItemsOf(value);
  if (value.shape == RawValue::Shape::kMapping) items = {value};
  for (const RawValue& item : items) {
    const RawValue alone{RawValue::Shape::kList, "", {item}, item.line};
    const std::string place = from_file && item.line > 0 ? Place(item.line) : source.Text();
    if (const auto bad = Assign(option, alone, source.origin, result_.config)) {
      Warn(IgnoredSyscall(bad->shown, place));
      continue;
    }
    entries.emplace_back(Trim(item.text));
    result_.syscall_places.push_back(place);
  }
  result_.config.allowed_syscalls = std::move(entries);
  result_.sources[index] = source;
}

void Loader::ApplyValue(std::size_t index, const RawValue& value, const Source& source) {
  const Option& option = Options()[index];
  if (option.kind == Kind::kSyscalls) return ApplySyscalls(index, value, source);
  const auto bad = Assign(option, value, source.origin, result_.config);
  if (!bad) {
    result_.sources[index] = source;
  } else {
    const bool from_file = source.origin == Origin::kFile;
    mistakes_[index] = fmt::format("{}: {} (from {}) is not {}", from_file ? option.key : option.env,
                                   bad->shown, from_file ? Place(bad->line) : source.Text(),
                                   bad->expected.empty() ? Expected(option) : bad->expected);
  }
}

bool Loader::IsGroup(std::string_view key) const {
  const std::string prefix = std::string(key) + ".";
  return std::any_of(Options().begin(), Options().end(),
                     [&](const Option& option) { return option.key.starts_with(prefix); });
}

// A group with nothing below it is harmless; one with a value is a mistake of indentation.
void Loader::RejectGroupValue(const Setting& setting) {
  if (setting.value.empty() || setting.value.shape == RawValue::Shape::kMapping) return;
  other_mistakes_.push_back(fmt::format("{}: the value (from {}) is not a group of indented settings",
                                        setting.key, Place(setting.line)));
}

void Loader::WarnUnknown(const Setting& setting) {
  const std::string_view nearest = NearestKey(setting.key);
  Warn(fmt::format("{} (from {}) is not a known setting and has no effect{}", setting.key,
                   Place(setting.line), nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

void Loader::CheckKeys() {
  for (const KeyMistake& mistake : KeyMistakes(result_.config)) {
    other_mistakes_.push_back(
        fmt::format("{} (from {})", mistake.text, result_.SourceOf(mistake.option).Text()));
  }
}

void Loader::PlaceProfiles() {
  std::string& folder = result_.config.profiles_folder;
  folder = FolderOfProfiles(result_.path, folder);
}

void Loader::ThrowMistakes() const {
  std::string text;
  const auto add = [&](const std::string& mistake) { text += (text.empty() ? "" : "\n") + mistake; };
  for (const std::string& mistake : other_mistakes_) add(mistake);
  for (const auto& mistake : mistakes_) {
    if (mistake) add(*mistake);
  }
  if (!text.empty()) throw Error(text);
}

// Of folders: a predecessor's lists name files below /run, the resolver's.
void Loader::WarnOfShownPaths(std::string_view key, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!LeadsToTheMachine(path) || !std::filesystem::is_directory(path, ignored)) continue;
    Warn(fmt::format("{}: {} (from {}) shows or steers the machine; no run should see it", key, path,
                     result_.SourceOf(key).Text()));
  }
}

void Loader::WarnOfOddities() {
  const Config& config = result_.config;
  if (config.max_requests < config.max_workers) {
    Warn(fmt::format("max_requests ({}) is smaller than max_workers ({}): some workers are never used",
                     config.max_requests, config.max_workers));
  }
  WarnOfShownPaths("read_only_paths", config.read_only_paths);
  WarnOfShownPaths("python_lib_path", config.python_lib_path);
  for (const std::string& path : config.read_only_paths) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) continue;
    Warn(
        fmt::format("read_only_paths: {} (from {}) does not exist: runs see it only if it is there when "
                    "sandgate starts",
                    path, result_.SourceOf("read_only_paths").Text()));
  }
}

}  // namespace

Environment ProcessEnvironment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

std::string Source::Text() const {
  switch (origin) {
    case Origin::kDefault:
      return "default";
    case Origin::kFile:
      return where;
    case Origin::kEnvironment:
      return "environment " + where;
  }
  return "";
}

const Source& LoadedConfig::SourceOf(std::string_view name) const {
  for (std::size_t i = 0; i < Options().size(); ++i) {
    if (Options()[i].name() == name) return sources.at(i);
  }
  throw Error(fmt::format("no option is called {}", name));
}

std::string IgnoredSyscall(std::string_view shown, std::string_view place) {
  return fmt::format(
      "allowed_syscalls: {} (from {}) is neither a number nor the name of a system call (names as in "
      "syscalls(2), for example mlockall): ignored",
      shown, place);
}

LoadedConfig Load(const std::string& path, const Environment& environment) {
  return Loader(path, environment).Run();
}

std::string FolderOfProfiles(const std::string& path, const std::string& folder) {
  return (std::filesystem::path(path).parent_path() / folder).lexically_normal().string();
}

}  // namespace sandgate

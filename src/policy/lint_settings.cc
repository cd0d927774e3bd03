// SPDX-License-Identifier: Apache-2.0
// Keys and values. What the server would take is decided by the same functions as at its start (Assign,
// NearestKey); here every mistake is told, each with its line, and the oddities that a start does not mind.
#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "config/environments.h"
#include "config/keys.h"
#include "config/limits.h"
#include "config/nearest.h"
#include "config/paths.h"
#include "i18n/filled.h"
#include "policy/lint_parts.h"

namespace sandgate::lint {

namespace {

std::optional<std::size_t> FindOption(std::string_view key) {
  const auto found = std::ranges::find(Options(), key, &Option::key);
  if (key.empty() || found == Options().end()) return std::nullopt;
  return static_cast<std::size_t>(found - Options().begin());
}

bool IsGroup(std::string_view key) {
  const std::string prefix = std::string(key) + ".";
  return std::ranges::any_of(Options(), [&](const Option& one) { return one.key.starts_with(prefix); });
}

class Checker {
 public:
  Checker(const LintInput& input, Reporter& reporter) : input_(input), reporter_(reporter) {
    checked_.config = DefaultConfig();
    checked_.given.resize(Options().size());
    places_.resize(Options().size());
  }

  Checked Run(const std::vector<Setting>& settings) {
    for (const Setting& setting : settings) CheckSetting(setting);
    for (std::size_t i = 0; i < Options().size(); ++i) CheckVariable(i);
    CheckKey();
    CheckPaths();
    CheckCapacity();
    CheckSpace();
    CheckNode();
    CheckProfile();
    CheckGifts();
    return std::move(checked_);
  }

 private:
  void CheckSetting(const Setting& setting);
  void CheckUnknown(const Setting& setting, const Place& place);
  void CheckVariable(std::size_t index);
  void CheckValue(std::size_t index, RawValue value, const Place& place);
  void CheckEnvironment(const Setting& setting, const Place& place);
  bool ReportBad(const Option& option, const RawValue& value, const Place& place);
  void CheckKey();
  void CheckPaths();
  void CheckCapacity();
  void CheckSpace();
  void CheckNode();
  void CheckProfile();
  void CheckGifts();

  Locale locale() const { return reporter_.locale(); }

  const LintInput& input_;
  Reporter& reporter_;
  Checked checked_;
  std::vector<Place> places_;        // one for each of Options(): where its value stands
  std::map<std::string, int> seen_;  // keys of the file and their lines
};

void Checker::CheckSetting(const Setting& setting) {
  const Place place{input_.path, setting.line};
  const auto [first, is_new] = seen_.emplace(setting.key, setting.line);
  if (!is_new) {
    reporter_.Add(Severity::kError, "duplicate-key", place,
                  Message(locale(), "{} is given twice, first in line {}", setting.key, first->second));
    return;
  }
  if (setting.key.starts_with(std::string(kEnvironmentsGroup) + ".")) return CheckEnvironment(setting, place);
  std::string_view owner = setting.key;
  auto index = FindOption(owner);
  while (!index && owner.find('.') != std::string_view::npos) {
    owner = owner.substr(0, owner.rfind('.'));
    index = FindOption(owner);
  }
  if (!index) return CheckUnknown(setting, place);
  RawValue value = setting.value;
  if (owner != setting.key) value.shape = RawValue::Shape::kMapping;
  CheckValue(*index, std::move(value), place);
}

void Checker::CheckEnvironment(const Setting& setting, const Place& place) {
  const std::string_view path = std::string_view(setting.key).substr(kEnvironmentsGroup.size() + 1);
  const auto bad = AssignEnvironment(path, setting.value, checked_.config.environments);
  if (!bad) return;
  reporter_.Add(Severity::kError, "bad-value", place,
                Message(locale(), "{}: {} is not {}", setting.key, TranslateFilled(locale(), bad->shown),
                        TranslateFilled(locale(), bad->expected)));
}

void Checker::CheckUnknown(const Setting& setting, const Place& place) {
  if (IsGroup(setting.key)) {
    if (setting.value.empty() || setting.value.shape == RawValue::Shape::kMapping) return;
    reporter_.Add(Severity::kError, "bad-value", place,
                  Message(locale(), "{}: the value is not a group of indented settings", setting.key));
    return;
  }
  const std::string_view nearest = NearestKey(setting.key);
  reporter_.Add(Severity::kWarning, "unknown-key", place,
                nearest.empty()
                    ? Message(locale(), "{} is not a known setting and has no effect", setting.key)
                    : Message(locale(), "{} is not a known setting and has no effect; did you mean {}?",
                              setting.key, nearest));
}

void Checker::CheckVariable(std::size_t index) {
  const Option& option = Options()[index];
  const auto variable = option.env.empty() ? input_.environment.end() : input_.environment.find(option.env);
  if (variable == input_.environment.end()) return;
  CheckValue(index, RawValue::Text(variable->second), {fmt::format("environment {}", option.env)});
}

void Checker::CheckValue(std::size_t index, RawValue value, const Place& place) {
  const Option& option = Options()[index];
  if (value.empty() && option.kind != Kind::kSecret) return;
  if (value.shape == RawValue::Shape::kNothing) value.shape = RawValue::Shape::kText;
  if (option.kind == Kind::kSyscalls && value.shape != RawValue::Shape::kMapping) {
    checked_.list = std::move(value);
    checked_.list_place = place;
    return;
  }
  if (ReportBad(option, value, place)) return;
  const Origin origin = place.line > 0 ? Origin::kFile : Origin::kEnvironment;
  Assign(option, value, origin, checked_.config);
  checked_.given[index] = true;
  places_[index] = place;
}

// Each wrong item of a list is told, not only the first.
bool Checker::ReportBad(const Option& option, const RawValue& value, const Place& place) {
  const Origin origin = place.line > 0 ? Origin::kFile : Origin::kEnvironment;
  std::vector<RawValue> parts;
  if (value.shape == RawValue::Shape::kList) {
    for (const RawValue& item : value.items) {
      parts.push_back({RawValue::Shape::kList, "", {item}, item.line});
    }
  } else {
    parts.push_back(value);
  }
  bool any = false;
  for (const RawValue& part : parts) {
    Config scratch = DefaultConfig();
    const std::optional<BadValue> bad = Assign(option, part, origin, scratch);
    if (!bad) continue;
    any = true;
    const Place exact{place.source, bad->line > 0 ? bad->line : place.line};
    const bool empty_key = option.kind == Kind::kSecret && part.empty();
    reporter_.Add(
        Severity::kError, empty_key ? "empty-key" : "bad-value", exact,
        Message(locale(), "{}: {} is not {}", option.name(), TranslateFilled(locale(), bad->shown),
                TranslateFilled(locale(), bad->expected.empty() ? Expected(option) : bad->expected)));
  }
  return any;
}

void Checker::CheckKey() {
  for (const KeyMistake& mistake : KeyMistakes(checked_.config)) {
    reporter_.Add(Severity::kError, "bad-value", places_[*FindOption(mistake.option)],
                  TranslateFilled(locale(), mistake.text));
  }
  const std::size_t index = *FindOption("app.key");
  if (checked_.config.key != kPublishedKey) return;
  if (checked_.given[index]) {
    reporter_.Add(Severity::kWarning, "default-key", places_[index],
                  Message(locale(),
                          "the key is the one that everybody knows; whoever reaches the port can run "
                          "programs"));
  } else if (!seen_.contains("app.key")) {
    reporter_.Add(Severity::kWarning, "default-key", {input_.path},
                  Message(locale(),
                          "app.key is not set: unless API_KEY is, the key is the one that everybody "
                          "knows"));
  }
}

// Interpreters and folders of another image or an older installation, and what no run should see.
void Checker::CheckPaths() {
  const std::size_t shown = *FindOption("read_only_paths");
  for (const std::string& path : checked_.config.read_only_paths) {
    if (!LeadsToTheMachine(path)) continue;
    reporter_.Add(
        Severity::kWarning, "machine-path", places_[shown],
        Message(locale(), "read_only_paths: {} shows or steers the machine; no run should see it", path));
  }
  if (!input_.exists) return;
  const auto check = [&](std::string_view key, const std::vector<std::string>& paths) {
    const std::size_t index = *FindOption(key);
    for (const std::string& path : paths) {
      if (!checked_.given[index] || !path.starts_with('/') || input_.exists(path)) continue;
      reporter_.Add(Severity::kWarning, "missing-path", places_[index],
                    Message(locale(), "{}: there is no {} on this machine", key, path));
    }
  };
  const Config& config = checked_.config;
  check("python_path", {config.python_path});
  check("nodejs_path", {config.nodejs_path});
  check("nodejs_packages", {config.nodejs_packages});
  check("python_lib_path", config.python_lib_path);
  check("read_only_paths", config.read_only_paths);
}

void Checker::CheckCapacity() {
  const Config& config = checked_.config;
  if (config.max_requests >= config.max_workers) return;
  const std::size_t requests = *FindOption("max_requests");
  const std::size_t workers = *FindOption("max_workers");
  reporter_.Add(
      Severity::kWarning, "idle-workers", places_[checked_.given[requests] ? requests : workers],
      Message(locale(), "max_requests ({}) is smaller than max_workers ({}): some workers are never used",
              config.max_requests, config.max_workers));
}

void Checker::CheckSpace() {
  const Config& config = checked_.config;
  if (config.limit_file_mb <= config.limit_scratch_mb) return;
  const std::size_t file = *FindOption("limits.file_mb");
  const std::size_t scratch = *FindOption("limits.scratch_mb");
  reporter_.Add(
      Severity::kWarning, "idle-limit", places_[checked_.given[file] ? file : scratch],
      Message(locale(), "limits.file_mb ({}) is larger than limits.scratch_mb ({}): no file gets that large",
              config.limit_file_mb, config.limit_scratch_mb));
}

void Checker::CheckNode() {
  for (const LimitRow& row : LimitRows()) {
    const std::int64_t value = checked_.config.*row.value;
    if (value >= row.least_of_node) continue;
    reporter_.Add(Severity::kWarning, "idle-limit", places_[*FindOption(row.setting)],
                  Message(locale(), "{}: {} is too low for Node.js, which itself needs {}", row.setting,
                          value, row.least_of_node));
  }
}

void Checker::CheckProfile() {
  const Config& config = checked_.config;
  if (!input_.profile || config.profile.empty() || config.profile == kNoProfile) return;
  const Place& place = places_[*FindOption("profile")];
  const std::string folder = FolderOfProfiles(input_.path, config.profiles_folder);
  try {
    const std::optional<Profile> profile = input_.profile(folder, config.profile);
    if (!profile) {
      reporter_.Add(Severity::kError, "bad-profile", place,
                    Message(locale(), "there is no profile {} in {}", config.profile, folder));
      return;
    }
    PolicyOptions options;
    options.processes = config.allow_processes;
    options.allow_hazardous = config.allow_hazardous_syscalls;
    options.profile = profile->rules;
    Policy::Make(options);
  } catch (const Error& error) {
    reporter_.Add(Severity::kError, "bad-profile", place, error.what());
  }
}

// What is given away, where that is meant.
void Checker::CheckGifts() {
  const auto add = [this](std::string_view key, std::string text) {
    reporter_.Add(Severity::kNote, "gives-away", places_[*FindOption(key)], std::move(text));
  };
  const Config& config = checked_.config;
  if (config.allow_hazardous_syscalls) {
    add("allow_hazardous_syscalls",
        Message(locale(),
                "allow_hazardous_syscalls: calls in allowed_syscalls and profiles that break the isolation "
                "are let through"));
  }
  if (config.allow_processes) {
    add("allow_processes",
        Message(locale(), "allow_processes: every run may start any program that it sees"));
  }
  if (config.metrics_public) {
    add("metrics.public",
        Message(locale(), "metrics.public: whoever reaches the port reads the numbers of all keys"));
  }
  for (const std::string& path : config.read_only_paths) {
    if (!IsBroad(path)) continue;
    add("read_only_paths",
        Message(
            locale(),
            "read_only_paths: {} holds much of the server, and every run sees it; name what is needed of it",
            path));
  }
}

}  // namespace

Checked CheckSettings(const LintInput& input, const std::vector<Setting>& settings, Reporter& reporter) {
  return Checker(input, reporter).Run(settings);
}

}  // namespace sandgate::lint

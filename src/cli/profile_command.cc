// SPDX-License-Identifier: Apache-2.0
// `sandgate profile list|show|diff`: looks at the profiles beside a configuration. Starts nothing.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <set>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/load_config.h"
#include "policy/profile.h"
#include "policy/profile_text.h"

namespace sandgate {

namespace {

struct ProfileOptions {
  std::string config_path{kDefaultConfigPath};
  std::string first;
  std::string second;
};

void Print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

Config ConfigOf(const ProfileOptions& options) { return LoadConfig(options.config_path).config; }

// "default" is the policy without a profile: it adds nothing.
Profile Find(const Config& config, const std::string& name) {
  if (name == kNoProfile) return {name, {}};
  std::optional<Profile> profile = ReadProfile(config.profiles_folder, name);
  if (!profile) {
    throw Error(
        Message(LocaleOf(config.language), "there is no profile {} in {}", name, config.profiles_folder));
  }
  profile->rules = MergeRules(profile->rules, {});
  return std::move(*profile);
}

// 1 when a file is no profile.
int List(const ProfileOptions& options) {
  const Config config = ConfigOf(options);
  const Locale locale = LocaleOf(config.language);
  int status = 0;
  for (const std::string& name : ProfileNames(config.profiles_folder)) {
    try {
      const std::size_t rules = Find(config, name).rules.size();
      const std::string mark = name == config.profile ? " " + Message(locale, "(used by every run)") : "";
      Print(fmt::format("{}  {}{}\n", name, Message(locale, "{} rules", rules), mark));
    } catch (const Error& error) {
      Print(fmt::format("{}  {}\n", name, error.what()));
      status = 1;
    }
  }
  return status;
}

std::set<std::string> Lines(const Profile& profile) {
  std::set<std::string> lines;
  for (const Rule& rule : profile.rules) lines.insert(RuleLine(rule));
  return lines;
}

// 1 when they differ, as diff(1).
int Diff(const ProfileOptions& options) {
  const Config config = ConfigOf(options);
  const std::set<std::string> first = Lines(Find(config, options.first));
  const std::set<std::string> second = Lines(Find(config, options.second));
  std::set<std::string> all = first;
  all.insert(second.begin(), second.end());
  for (const std::string& line : all) {
    if (!second.contains(line)) Print("- " + line + "\n");
    if (!first.contains(line)) Print("+ " + line + "\n");
  }
  return first == second ? 0 : 1;
}

}  // namespace

void AddProfileCommand(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("profile", "Looks at the profiles, named additions to the policy");
  const auto options = std::make_shared<ProfileOptions>();
  command->add_option("--config", options->config_path, "The configuration file")->capture_default_str();
  command->require_subcommand(1);
  command->fallthrough();
  CLI::App* list = command->add_subcommand("list", "Lists them");
  list->footer("Exit status: 1 where a file is no profile.");
  list->callback([options, &status] { status = List(*options); });
  CLI::App* show = command->add_subcommand("show", "Shows one, without what is in it twice");
  show->add_option("NAME", options->first)->required();
  show->callback([options] { Print(ProfileText(Find(ConfigOf(*options), options->first))); });
  CLI::App* diff = command->add_subcommand("diff", "Shows what the second adds (+) and lacks (-)");
  diff->add_option("A", options->first, "A profile, or default")->required();
  diff->add_option("B", options->second, "A profile, or default")->required();
  diff->footer("Exit status: 1 where they differ, as of diff(1).");
  diff->callback([options, &status] { status = Diff(*options); });
}

}  // namespace sandgate

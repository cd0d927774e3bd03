// SPDX-License-Identifier: Apache-2.0
// Writes the configuration anew with what differs from the defaults, in the order of the documentation.
#include <algorithm>

#include "base/text.h"
#include "config/environments.h"
#include "policy/lint_parts.h"

namespace sandgate::lint {

namespace {

// Quoted unless it is made of characters that mean nothing in YAML.
std::string Scalar(const std::string& text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '/' || c == '.';
  });
  if (plain) return text;
  std::string quoted;
  AppendJsonString(quoted, text);
  return quoted;
}

std::string List(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + Scalar(item);
  return "[" + text + "]";
}

std::string YamlValue(const Option& option, const Config& config, Locale locale) {
  if (const auto* list = std::get_if<std::vector<std::string> Config::*>(&option.member)) {
    return List(config.**list);
  }
  const std::string shown = ValueText(option, config);
  if (option.kind == Kind::kEnvironments) return EnvironmentsYaml(config.environments);
  if (option.kind == Kind::kKeys) {
    return "[]  # " + Message(locale, "put the entries back; they are not shown: {}", shown);
  }
  if (IsSecret(option)) return "\"\"  # " + Message(locale, "put your key here; it is not shown");
  if (option.kind == Kind::kUrl && shown.find("***") != std::string::npos) {
    return Scalar(shown) + "  # " + Message(locale, "put the password back; it is not shown");
  }
  return Scalar(shown);
}

bool Differs(const Option& option, const Config& config, const Config& defaults) {
  return std::visit([&](auto member) { return config.*member != defaults.*member; }, option.member);
}

// "app.port" under its group, which is opened where it is not the one before.
std::string Line(std::string_view key, const std::string& value, std::string& group) {
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos) {
    group.clear();
    return fmt::format("{}: {}\n", key, value);
  }
  std::string head;
  if (group != key.substr(0, dot)) {
    group = key.substr(0, dot);
    head = group + ":\n";
  }
  return fmt::format("{}  {}: {}\n", head, key.substr(dot + 1), value);
}

}  // namespace

std::string MinimalConfig(const Checked& checked, const std::vector<std::string>& syscalls, Locale locale) {
  Config config = checked.config;
  config.allowed_syscalls = syscalls;
  const Config defaults = DefaultConfig();
  std::string text;
  std::string group;
  for (const Option& option : Options()) {
    if (option.key.empty() || !Differs(option, config, defaults)) continue;
    text += Line(option.key, YamlValue(option, config, locale), group);
  }
  if (!text.empty()) return text;
  return "# " + Message(locale, "nothing: everything is as by default") + "\n";
}

}  // namespace sandgate::lint

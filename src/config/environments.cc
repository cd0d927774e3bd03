// SPDX-License-Identifier: Apache-2.0
#include "config/environments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/characters.h"
#include "base/text.h"

namespace sandgate {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxEnvironments = 64;
constexpr std::size_t kMaxNameBytes = 32;
constexpr const char* kContainerFolder = "/dependencies";

struct FileField {
  std::string_view name;
  std::string NamedEnvironment::*member;
  std::string_view doc;
};

constexpr std::array<FileField, 2> kFields{{{"python_requirements", &NamedEnvironment::python_requirements,
                                             "Its Python packages, like `dependencies.python_requirements`."},
                                            {"package_json", &NamedEnvironment::package_json,
                                             "Its Node.js packages, like `dependencies.package_json`."}}};

bool IsName(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), plain);
}

BadValue Bad(std::string_view shown, int line, std::string expected) {
  std::string quoted;
  AppendJsonString(quoted, shown.substr(0, 2 * kMaxNameBytes));
  return {std::move(quoted), line, std::move(expected)};
}

NamedEnvironment* Find(std::string_view name, std::vector<NamedEnvironment>& environments) {
  const auto found = std::ranges::find(environments, name, &NamedEnvironment::name);
  if (found != environments.end()) return &*found;
  if (environments.size() == kMaxEnvironments) return nullptr;
  NamedEnvironment fresh;
  fresh.name = name;
  environments.push_back(std::move(fresh));
  return &environments.back();
}

std::string Absolute(const fs::path& folder, const std::string& path) {
  return path.empty() ? "" : fs::absolute(folder / path).lexically_normal().string();
}

// Beside the folder `conf`, as in a container, or beside the file.
fs::path FolderBeside(const std::string& file) {
  std::error_code ignored;
  if (fs::is_directory(kContainerFolder, ignored)) return kContainerFolder;
  const fs::path folder = fs::absolute(file).lexically_normal().parent_path();
  return (folder.filename() == "conf" ? folder.parent_path() : folder) / "dependencies";
}

}  // namespace

std::optional<BadValue> AssignEnvironment(std::string_view path, const RawValue& value,
                                          std::vector<NamedEnvironment>& environments) {
  std::size_t dot = path.find('.');
  if (!IsName(path.substr(0, dot))) dot = path.rfind('.');  // shown whole: "../x"
  const std::string_view name = path.substr(0, dot);
  if (!IsName(name)) {
    return Bad(name, value.line,
               "the name of an environment: up to 32 lower-case letters, digits, dashes and underscores");
  }
  const std::string_view field = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  const auto row = std::ranges::find(kFields, field, &FileField::name);
  if (row == kFields.end()) {
    return Bad(
        field, value.line,
        fmt::format("a field of the environment {}; there are python_requirements and package_json", name));
  }
  if (value.shape != RawValue::Shape::kText || value.empty() || HasControl(value.text)) {
    return Bad(value.text, value.line,
               fmt::format("the path of a file ({} of the environment {})", field, name));
  }
  NamedEnvironment* environment = Find(name, environments);
  if (environment == nullptr) {
    return Bad(name, value.line, fmt::format("one of at most {} environments", kMaxEnvironments));
  }
  environment->*row->member = Trim(value.text);
  return std::nullopt;
}

std::string EnvironmentsYaml(const std::vector<NamedEnvironment>& environments) {
  std::string text;
  for (const NamedEnvironment& environment : environments) {
    std::string fields;
    for (const FileField& field : kFields) {
      const std::string& file = environment.*field.member;
      if (file.empty()) continue;
      fields += fmt::format("{}{}: ", fields.empty() ? "" : ", ", field.name);
      AppendJsonString(fields, file);
    }
    text += fmt::format("{}{}: {{{}}}", text.empty() ? "" : ", ", environment.name, fields);
  }
  return "{" + text + "}";
}

void PlaceDependencies(const std::string& file, Config& config) {
  const std::string& given = config.dependencies_folder;
  const fs::path folder =
      given.empty() ? FolderBeside(file) : fs::path(Absolute(fs::path(file).parent_path(), given));
  config.dependencies_folder = folder.string();
  config.python_requirements = Absolute(folder, config.python_requirements);
  config.package_json = Absolute(folder, config.package_json);
  for (NamedEnvironment& environment : config.environments) {
    for (const FileField& field : kFields) {
      environment.*field.member = Absolute(folder, environment.*field.member);
    }
  }
}

bool IsForInstallers(std::string_view name) {
  static constexpr std::string_view kBeginnings[] = {"PIP_", "UV_", "NPM_CONFIG_", "npm_config_"};
  static constexpr std::string_view kNames[] = {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
                                                "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"};
  // Where to install is not for the environment to say.
  static constexpr std::string_view kNot[] = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER"};
  const auto begins = [&](std::string_view beginning) { return name.starts_with(beginning); };
  if (std::ranges::find(kNot, name) != std::end(kNot)) return false;
  return std::ranges::any_of(kBeginnings, begins) || std::ranges::find(kNames, name) != std::end(kNames);
}

std::string EnvironmentFieldsDocs() {
  std::string text = "| field of an environment | meaning |\n|---|---|\n";
  for (const FileField& field : kFields) text += fmt::format("| `{}` | {} |\n", field.name, field.doc);
  return text;
}

}  // namespace sandgate

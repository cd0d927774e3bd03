// SPDX-License-Identifier: Apache-2.0
// `sandgate lint [CONFIG]`: what is wrong with a configuration, what it gives away, and what it comes down
// to.
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>

#include "base/characters.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/tell.h"
#include "config/load.h"
#include "config/yaml_file.h"
#include "policy/lint.h"

namespace sandgate {

namespace json = boost::json;

namespace {

struct LintOptions {
  std::string path{kDefaultConfigPath};
  std::string architecture{ArchitectureName(NativeArchitecture())};
  bool json = false;
  bool environment = false;
};

json::object ToJson(const Finding& finding) {
  json::object object{{"severity", json::string(SeverityName(finding.severity))},
                      {"rule", finding.rule},
                      {"source", finding.source},
                      {"line", finding.line},
                      {"last_line", finding.last_line},
                      {"text", finding.text}};
  object["syscalls"] = json::array(finding.syscalls.begin(), finding.syscalls.end());
  return object;
}

void PrintJson(const LintReport& report) {
  json::array findings;
  for (const Finding& finding : report.findings) findings.push_back(ToJson(finding));
  const json::object all{
      {"status", LintStatus(report)}, {"findings", std::move(findings)}, {"minimal", report.minimal}};
  std::printf("%s\n", json::serialize(all).c_str());
}

std::string SeverityText(Severity severity, Locale locale) {
  switch (severity) {
    case Severity::kNote:
      return Message(locale, "note");
    case Severity::kWarning:
      return Message(locale, "warning");
    case Severity::kError:
      return Message(locale, "error");
  }
  return "";
}

void PrintText(const LintReport& report) {
  std::size_t counts[3] = {};
  for (const Finding& finding : report.findings) {
    ++counts[static_cast<std::size_t>(finding.severity)];
    std::printf("%s: %s: %s\n", Printable(finding.Place(), Lines::kOne).c_str(),
                SeverityText(finding.severity, report.locale).c_str(),
                Printable(finding.text, Lines::kOne).c_str());
  }
  std::printf(
      "%s\n",
      Message(report.locale, "{} errors, {} warnings, {} notes", counts[2], counts[1], counts[0]).c_str());
  if (!report.findings.empty()) {
    std::printf("%s\n", Message(report.locale,
                                "What became of each option of dify-sandbox: "
                                "docs/migrate-from-dify-sandbox.md")
                            .c_str());
  }
  if (report.minimal.empty()) return;
  std::printf("\n%s\n%s",
              Message(report.locale, "The same with only what differs from the defaults:").c_str(),
              report.minimal.c_str());
}

// The environment's language wins, as at the start of the server.
std::optional<Locale> LocaleOfEnvironment(const Environment& environment) {
  const auto language = environment.find("SANDGATE_LANGUAGE");
  if (language == environment.end() || language->second.empty()) return std::nullopt;
  return LocaleOf(language->second);
}

int LintFile(const LintOptions& options) {
  LintInput input;
  input.path = options.path;
  std::optional<std::string> text = ReadConfigFile(options.path);
  if (!text) throw Error(options.path + ": there is no such file", ENOENT);
  input.text = std::move(*text);
  const Environment environment = ProcessEnvironment();
  input.locale = LocaleOfEnvironment(environment);
  if (options.environment) input.environment = environment;
  input.architecture = ArchitectureOf(options.architecture).value_or(NativeArchitecture());
  input.exists = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
  input.profile = ReadProfile;
  const LintReport report = Lint(input);
  if (options.json) {
    PrintJson(report);
  } else {
    PrintText(report);
  }
  return LintStatus(report);
}

// As a mistake in the file counts as an error, so does a file that cannot be read: both end with 2.
int LintOrFail(const LintOptions& options) {
  try {
    return LintFile(options);
  } catch (const Error& error) {
    TellFailure(error.what());
    return 2;
  }
}

}  // namespace

void AddLintCommand(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("lint", "Tells line by line what a configuration gives away and does not need");
  const auto options = std::make_shared<LintOptions>();
  command->add_option("--config,CONFIG", options->path, "The configuration file, also of dify-sandbox")
      ->capture_default_str();
  command->add_option("--arch", options->architecture, "The architecture that numbers are meant for")
      ->check(CLI::IsMember({"x86_64", "aarch64"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "For machines");
  command->add_flag("--env", options->environment)
      ->description("Check the environment as well, ALLOWED_SYSCALLS among it");
  command->footer("Exit status: 0 at most notes, 1 warnings, 2 errors, or it could not be read.");
  command->callback([options, &status] { status = LintOrFail(*options); });
}

}  // namespace sandgate

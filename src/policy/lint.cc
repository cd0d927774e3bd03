// SPDX-License-Identifier: Apache-2.0
// The order of the checks, and what their findings amount to.
#include "policy/lint.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/error.h"
#include "policy/lint_parts.h"

namespace sandgate {

namespace lint {

void Reporter::AddCalls(Severity severity, const char* rule, const Place& place, Words words) {
  Finding finding;
  finding.severity = severity;
  finding.rule = rule;
  finding.source = place.source;
  finding.line = place.line;
  finding.last_line = std::max(place.line, place.last_line);
  finding.syscalls = std::move(words.syscalls);
  finding.text = std::move(words.text);
  findings_.push_back(std::move(finding));
}

std::vector<Finding> Reporter::Take() {
  std::ranges::stable_sort(findings_, {},
                           [](const Finding& one) { return std::tuple(one.source, one.line); });
  return std::move(findings_);
}

}  // namespace lint

namespace {

// The language that the configuration itself asks for.
Locale ConfiguredLocale(const std::vector<Setting>& settings) {
  const auto found = std::ranges::find(settings, "language", &Setting::key);
  return found == settings.end() ? Locale::kEnglish : LocaleOf(found->value.text);
}

// From the message of a file that is no configuration: "PATH:LINE:COLUMN: WHAT" or "PATH: WHAT".
Finding Unreadable(const std::string& path, std::string_view message, Locale locale) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.rule = "yaml";
  finding.source = path;
  message.remove_prefix(std::min(path.size() + 1, message.size()));
  std::from_chars(message.data(), message.data() + message.size(), finding.line);
  finding.last_line = finding.line;
  const std::size_t space = finding.line > 0 ? message.find(": ") : message.find(' ');
  if (space != std::string_view::npos) message.remove_prefix(space + (finding.line > 0 ? 2 : 1));
  finding.text = Message(locale, "the file cannot be read as a configuration: {}", message);
  return finding;
}

}  // namespace

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "";
}

std::string Finding::Place() const {
  if (line == 0) return source;
  return line == last_line ? fmt::format("{}:{}", source, line)
                           : fmt::format("{}:{}-{}", source, line, last_line);
}

LintReport Lint(const LintInput& input) {
  LintReport report;
  report.locale = input.locale.value_or(Locale::kEnglish);
  std::vector<Setting> settings;
  try {
    settings = ParseSettings(input.text, input.path);
  } catch (const Error& error) {
    report.findings.push_back(Unreadable(input.path, error.what(), report.locale));
    return report;
  }
  if (!input.locale) report.locale = ConfiguredLocale(settings);
  lint::Reporter reporter(report.locale);
  const lint::Checked checked = lint::CheckSettings(input, settings, reporter);
  const std::vector<std::string> kept = lint::CheckList(input, checked, reporter);
  report.minimal = lint::MinimalConfig(checked, kept, report.locale);
  report.findings = reporter.Take();
  return report;
}

int LintStatus(const LintReport& report) {
  int status = 0;
  for (const Finding& finding : report.findings)
    status = std::max(status, static_cast<int>(finding.severity));
  return status;
}

}  // namespace sandgate

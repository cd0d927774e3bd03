// SPDX-License-Identifier: Apache-2.0
#include "selftest/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <map>

namespace sandgate::selftest {

namespace json = boost::json;

namespace {

constexpr Verdict kAll[] = {Verdict::kHeld,        Verdict::kLimit,   Verdict::kNotPossible,
                            Verdict::kNotDefended, Verdict::kThrough, Verdict::kInconclusive};

// One word in every language, as programs look for them; what needs a look is in capitals.
std::string MarkOf(const Finding& finding) {
  switch (finding.judgement.verdict) {
    case Verdict::kHeld:
      return "held";
    case Verdict::kLimit:
      return "ended by " + finding.judgement.detail;
    case Verdict::kNotDefended:
      return "NOT DEFENDED";
    case Verdict::kThrough:
      return "GOT THROUGH";
    case Verdict::kInconclusive:
      return "INCONCLUSIVE";
    case Verdict::kNotPossible:
      return "not possible";
  }
  return "";
}

std::size_t Count(const Report& report, Verdict verdict) {
  return static_cast<std::size_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [verdict](const Finding& finding) { return finding.judgement.verdict == verdict; }));
}

bool NeedsDetail(Verdict verdict) { return verdict != Verdict::kHeld && verdict != Verdict::kLimit; }

std::string RowOf(const Finding& finding) {
  const Attack& attack = *finding.attack;
  const std::string name = attack.name.substr(attack.family.size() + 1);
  std::string row = fmt::format("  {:<24} {:<36} {}\n", MarkOf(finding), name, attack.claim);
  if (NeedsDetail(finding.judgement.verdict))
    row += fmt::format("  {:<24} {}\n", "", finding.judgement.detail);
  if (!finding.judgement.note.empty()) row += fmt::format("  {:<24} {}\n", "", finding.judgement.note);
  return row;
}

std::string LoudPart(const Report& report, Verdict verdict, const std::string& head) {
  if (Count(report, verdict) == 0) return "";
  std::string text = "\n" + head + "\n";
  for (const Finding& finding : report.findings) {
    if (finding.judgement.verdict != verdict) continue;
    text += fmt::format("  {}: {}\n", finding.attack->name, finding.judgement.detail);
  }
  return text;
}

json::object JsonOf(const Finding& finding) {
  const Attack& attack = *finding.attack;
  return {{"name", attack.name},
          {"family", attack.family},
          {"language", LanguageName(attack.language)},
          {"claim", attack.claim},
          {"expected", attack.expected},
          {"origin", attack.origin},
          {"verdict", VerdictName(finding.judgement.verdict)},
          {"detail", finding.judgement.detail},
          {"note", finding.judgement.note},
          {"outcome", finding.outcome},
          {"wall_ms", std::llround(finding.wall_ms)}};
}

}  // namespace

bool IsProof(const Report& report) {
  return Count(report, Verdict::kThrough) == 0 && Count(report, Verdict::kInconclusive) == 0 &&
         report.left_behind.empty() && !report.findings.empty();
}

std::string ReportText(const Report& report, Locale locale) {
  std::string text = Message(locale, "isolation mode: {}", report.mode) + "\n";
  std::string family;
  for (const Finding& finding : report.findings) {
    if (finding.attack->family != family) text += "\n" + (family = finding.attack->family) + "\n";
    text += RowOf(finding);
  }
  text += LoudPart(report, Verdict::kNotDefended,
                   Message(locale, "NOT DEFENDED in this mode, as SECURITY.md says:"));
  text += LoudPart(report, Verdict::kInconclusive,
                   Message(locale, "INCONCLUSIVE, so nothing is proven of these:"));
  text += LoudPart(report, Verdict::kThrough, Message(locale, "GOT THROUGH:"));
  if (!report.left_behind.empty())
    text += "\n" + Message(locale, "LEFT BEHIND by runs that have ended:") + "\n";
  for (const std::string& thing : report.left_behind) text += "  " + thing + "\n";
  return text + "\n" +
         Message(
             locale,
             "{} attacks: {} held, {} ended by a limit, {} not possible on this machine, {} not defended in "
             "this mode, {} inconclusive, {} got through",
             report.findings.size(), Count(report, Verdict::kHeld), Count(report, Verdict::kLimit),
             Count(report, Verdict::kNotPossible), Count(report, Verdict::kNotDefended),
             Count(report, Verdict::kInconclusive), Count(report, Verdict::kThrough)) +
         "\n";
}

json::object ReportJson(const Report& report) {
  json::array attacks;
  for (const Finding& finding : report.findings) attacks.push_back(JsonOf(finding));
  json::object summary{{"attacks", report.findings.size()}};
  for (const Verdict verdict : kAll) summary[VerdictName(verdict)] = Count(report, verdict);
  json::object missing;
  for (const auto& [key, why] : report.missing) missing[key] = why;
  return {{"mode", report.mode},
          {"layers", json::array(report.layers.begin(), report.layers.end())},
          {"passed", IsProof(report)},
          {"summary", std::move(summary)},
          {"missing", std::move(missing)},
          {"left_behind", json::array(report.left_behind.begin(), report.left_behind.end())},
          {"attacks", std::move(attacks)}};
}

}  // namespace sandgate::selftest

// SPDX-License-Identifier: Apache-2.0
#include "selftest/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sandgate::selftest {

namespace {

constexpr std::string_view kEscaped = "ESCAPED: ";
constexpr std::string_view kHeld = "HELD: ";
constexpr std::string_view kNotHere = "not on this machine";
constexpr std::size_t kShown = 300;  // of what a program printed

// The rest of the last line that begins with `word`.
std::optional<std::string> LineOf(std::string_view output, std::string_view word) {
  std::optional<std::string> found;
  while (!output.empty()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, end);
    if (line.starts_with(word)) found = std::string(Trim(line.substr(word.size()))).substr(0, kShown);
    output.remove_prefix(std::min(end + 1, output.size()));
  }
  return found;
}

std::string LastLine(std::string_view text) {
  text = Trim(text);
  const std::size_t begin = text.rfind('\n');
  return std::string(begin == std::string_view::npos ? text : text.substr(begin + 1)).substr(0, kShown);
}

const OpenIn* KnownToBeOpen(const Attack& attack, const Ground& ground) {
  for (const OpenIn& open : attack.open_in) {
    if (open.Matches(ground.mode, ground.layers)) return &open;
  }
  return nullptr;
}

Judgement GotThrough(const OpenIn* open, const std::string& proof) {
  if (open == nullptr) return {Verdict::kThrough, proof, ""};
  return {Verdict::kNotDefended, fmt::format("{} ({})", open->why, proof), ""};
}

// The reasons of what is missing that the attack's text names.
std::string WhyNotHere(const Attack& attack, const Ground& ground, const std::string& told) {
  std::string reasons;
  for (const auto& [key, why] : ground.missing) {
    if (attack.text.find(key) != std::string_view::npos) reasons += fmt::format("; {}: {}", key, why);
  }
  return reasons.empty() ? told : reasons.substr(2);
}

Judgement Held(const OpenIn* open, Verdict verdict, std::string detail) {
  Judgement judgement{verdict, std::move(detail), ""};
  if (open != nullptr) judgement.note = fmt::format("said to be open here ({}), but it is not", open->why);
  return judgement;
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHeld:
      return "held";
    case Verdict::kLimit:
      return "limit";
    case Verdict::kNotDefended:
      return "not_defended";
    case Verdict::kThrough:
      return "got_through";
    case Verdict::kInconclusive:
      return "inconclusive";
    case Verdict::kNotPossible:
      return "not_possible";
  }
  return "";
}

Judgement Judge(const Attack& attack, const Observed& observed, const Ground& ground) {
  const OpenIn* const open = KnownToBeOpen(attack, ground);
  const std::string output = observed.result ? observed.result->stdout_bytes : "";
  if (const auto proof = LineOf(output, kEscaped)) return GotThrough(open, *proof);
  if (!observed.damage.empty()) return GotThrough(open, fmt::format("{}", fmt::join(observed.damage, "; ")));
  if (!observed.result) return {Verdict::kInconclusive, observed.failure, ""};
  if (const auto held = LineOf(output, kHeld)) {
    if (!held->starts_with(kNotHere)) return Held(open, Verdict::kHeld, *held);
    return {Verdict::kNotPossible, WhyNotHere(attack, ground, *held), ""};
  }
  const std::string ended(OutcomeName(observed.result->outcome));
  if (std::find(attack.limits.begin(), attack.limits.end(), ended) != attack.limits.end()) {
    return Held(open, Verdict::kLimit, ended);
  }
  return {Verdict::kInconclusive,
          fmt::format("said neither ESCAPED nor HELD; {}, exit status {}: {}", ended,
                      observed.result->exit_code, LastLine(observed.result->stderr_bytes)),
          ""};
}

}  // namespace sandgate::selftest

// SPDX-License-Identifier: Apache-2.0
#include "cli/show_denials.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "base/characters.h"

namespace sandgate {

namespace {

constexpr std::string_view kRed = "\033[31m";
constexpr std::string_view kGreen = "\033[32m";
constexpr std::string_view kEnd = "\033[0m";

std::string Painted(std::string_view text, std::string_view colour, Paint paint) {
  return paint == Paint::kPlain ? std::string(text) : fmt::format("{}{}{}", colour, text, kEnd);
}

// "socket(AF_INET, SOCK_STREAM, 0)", or what was tried where no system call is known.
std::string Subject(const Denial& denial) {
  if (denial.syscall.empty()) return denial.tried.empty() ? denial.object : denial.tried;
  return fmt::format("{}({})", denial.syscall, denial.args);
}

std::string Layer(const Denial& denial, Locale locale) {
  if (denial.rule.empty()) return denial.layer;
  return Message(locale, "{}, rule {}", denial.layer, denial.rule);
}

// Denial::fix_in, with the configuration file by the name it has here.
std::string FixPlace(const Denial& denial, const Show& show) {
  if (show.config_file.empty() || !denial.fix_in.starts_with(fix_in::kConfig))
    return std::string(denial.fix_in);
  return show.config_file + std::string(denial.fix_in.substr(fix_in::kConfig.size()));
}

std::string Fix(const Denial& denial, const Show& show) {
  const std::string place = FixPlace(denial, show);
  if (denial.fix.empty()) {
    return Message(show.locale, "a line in {}, which only the reply of the run tells", place);
  }
  const bool possible = denial.fix_in != fix_in::kNowhere;
  const std::string text = Painted(Printable(denial.fix, Lines::kOne), possible ? kGreen : kRed, show.paint);
  if (fix_in::IsPackages(denial.fix_in)) {
    return Message(show.locale, "{} (in {}; then have the server install it)", text, place);
  }
  const bool has_place = possible && denial.fix_in != fix_in::kServer;
  return has_place ? Message(show.locale, "{} (in {})", text, place) : text;
}

std::string Row(std::string_view name, std::string_view text) {
  return fmt::format("  {}: {}\n", name, text);
}

std::string Paragraph(const Denial& denial, const Show& show) {
  const Locale locale = show.locale;
  const std::string subject = Printable(Subject(denial), Lines::kOne);
  std::string text = fmt::format("{} {}", Painted(Translate(locale, "refused:"), kRed, show.paint), subject);
  if (denial.count > 1) text += Message(locale, ", {} times", denial.count);
  text += '\n';
  if (denial.line > 0) text += Row(Translate(locale, "line"), std::to_string(denial.line));
  text += Row(Translate(locale, "layer"), Printable(Layer(denial, locale), Lines::kOne));
  text += Row(Translate(locale, "why"), Printable(denial.why, Lines::kOne));
  text += Row(Translate(locale, "fix"), Fix(denial, show));
  return text;
}

}  // namespace

Paint IsTerminal(std::FILE* stream) {
  const char* refused = std::getenv("NO_COLOR");
  const bool wanted = refused == nullptr || *refused == '\0';
  return wanted && ::isatty(::fileno(stream)) == 1 ? Paint::kColoured : Paint::kPlain;
}

std::string ShowDenials(const std::vector<Denial>& denied, const Show& show) {
  std::string text;
  for (const Denial& denial : denied) text += Paragraph(denial, show);
  return text;
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "cli/show_denials.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

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

std::string Fix(const Denial& denial, Locale locale, Paint paint) {
  if (denial.fix.empty())
    return Message(locale, "a line in {}, which only the reply of the run tells", denial.fix_in);
  const bool possible = denial.fix_in != fix_in::kNowhere;
  const std::string text = Painted(Printable(denial.fix), possible ? kGreen : kRed, paint);
  return possible ? Message(locale, "{} (in {})", text, denial.fix_in) : text;
}

std::string Row(std::string_view name, std::string_view text) {
  return fmt::format("  {}: {}\n", name, text);
}

std::string Show(const Denial& denial, Locale locale, Paint paint) {
  const std::string subject = Printable(Subject(denial));
  std::string text = fmt::format("{} {}", Painted(Translate(locale, "refused:"), kRed, paint), subject);
  if (denial.count > 1) text += Message(locale, ", {} times", denial.count);
  text += '\n';
  if (denial.line > 0) text += Row(Translate(locale, "line"), std::to_string(denial.line));
  text += Row(Translate(locale, "layer"), Printable(Layer(denial, locale)));
  text += Row(Translate(locale, "why"), Printable(denial.why));
  text += Row(Translate(locale, "fix"), Fix(denial, locale, paint));
  return text;
}

}  // namespace

Paint IsTerminal(std::FILE* stream) {
  const char* refused = std::getenv("NO_COLOR");
  const bool wanted = refused == nullptr || *refused == '\0';
  return wanted && ::isatty(::fileno(stream)) == 1 ? Paint::kColoured : Paint::kPlain;
}

std::string ShowDenials(const std::vector<Denial>& denied, Locale locale, Paint paint) {
  std::string text;
  for (const Denial& denial : denied) text += Show(denial, locale, paint);
  return text;
}

std::string Printable(std::string_view text) {
  std::string printable;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;  // U+0080 to U+009F: two bytes, which terminals obey as well
    printable += c1 || (byte < 0x20 && byte != '\n') || byte == 0x7f ? '?' : text[i];
  }
  return printable;
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Reads line by line. Python prints a traceback, then the exception; Node prints the exception, then its
// stack and its properties, and the cause of an exception after it.
#include "run/complaint.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <regex>
#include <utility>

#include "base/text.h"

namespace sandgate {

namespace {

constexpr std::size_t kTail = 64 * 1024;  // of stderr that is looked at
constexpr std::size_t kMaxLine = 1024;    // of a line; the rest is left out
constexpr std::size_t kMaxComplaints = 16;
constexpr std::size_t kMaxStatement = 400;
constexpr std::size_t kSearchedProgram =
    64 * 1024;  // for a statement: its line is what a program has printed
constexpr std::string_view kPythonHead = "Traceback (most recent call last):";
constexpr std::string_view kPythonHandling =
    "During handling of the above exception, another exception occurred:";
constexpr std::string_view kPythonCause =
    "The above exception was the direct cause of the following exception:";

std::vector<std::string> TailLines(std::string_view text) {
  if (text.size() > kTail) text.remove_prefix(text.size() - kTail);
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, std::min(end, kMaxLine)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

int Number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// The number that follows `mark` in `text`, or 0.
int NumberAfter(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == std::string_view::npos ? 0 : Number(text.substr(at + mark.size()));
}

// The text between the first two quotes of one kind after `from`; nothing where it has escapes.
std::string Quoted(std::string_view text, std::size_t from) {
  const std::size_t begin = text.find_first_of("'\"", from);
  if (begin == std::string_view::npos) return "";
  const std::size_t end = text.find(text[begin], begin + 1);
  if (end == std::string_view::npos) return "";
  const std::string_view inner = text.substr(begin + 1, end - begin - 1);
  return inner.find('\\') == std::string_view::npos ? std::string(inner) : "";
}

std::string ErrnoName(int number) {
  const char* name = number > 0 ? strerrorname_np(number) : nullptr;
  return name == nullptr ? "" : name;
}

// "FileNotFoundError: [Errno 2] No such file or directory: '/x'"
void ReadPythonException(const std::string& line, Complaint& complaint) {
  const std::size_t colon = line.find(": ");
  complaint.type = line.substr(0, colon);
  if (colon == std::string::npos) return;
  complaint.message = line.substr(colon + 2);
  const std::string& message = complaint.message;
  complaint.code = ErrnoName(NumberAfter(message, "[Errno "));
  if (message.starts_with("[Errno ")) {
    const std::size_t path = message.find(": ");
    if (path != std::string::npos) complaint.path = Quoted(message, path);
    if (const std::size_t target = message.find("' -> '"); target != std::string::npos) {
      complaint.target = Quoted(message, target + 5);
    }
  }
}

void ReadPythonFrame(const std::string& line, Complaint& complaint) {
  complaint.frames += line + '\n';
  if (const int number = NumberAfter(line, "File \"main.py\", line "); number > 0) complaint.line = number;
}

// Adds the next one, which the last may have led to; the earliest goes where there are too many.
void Add(std::vector<Complaint>& complaints, Complaint complaint, bool last_led_on) {
  if (!complaints.empty()) complaints.back().led_on = last_led_on;
  if (complaints.size() == kMaxComplaints) complaints.erase(complaints.begin());
  complaints.push_back(std::move(complaint));
}

constexpr std::string_view kPythonGroup = "+ Exception Group Traceback (most recent call last):";

// Those of a group are printed below it, each behind a bar: "  | ValueError: x", "    | Traceback (most
// recent call last):".
std::string WithoutBar(const std::string& line) {
  const std::size_t mark = line.find_first_not_of(' ');
  if (mark == std::string::npos) return line;
  if (line.compare(mark, kPythonGroup.size(), kPythonGroup) == 0) return std::string(kPythonHead);
  return line.compare(mark, 2, "| ") == 0 ? line.substr(mark + 2) : line;
}

std::vector<Complaint> ReadPython(const std::vector<std::string>& lines) {
  std::vector<Complaint> complaints;
  bool in_frames = false;
  bool led_on = false;
  bool ignored = false;  // by the interpreter: of a finaliser
  bool in_group = false;
  for (const std::string& printed : lines) {
    in_group = in_group || Trim(printed) == kPythonGroup;
    const std::string line = in_group ? WithoutBar(printed) : printed;
    if (line == kPythonHead) {
      in_frames = true;
      Complaint next;
      next.is_ignored = std::exchange(ignored, false);
      Add(complaints, std::move(next), std::exchange(led_on, false) || in_group);
    } else if (line == kPythonHandling || line == kPythonCause) {
      led_on = true;
    } else if (line.starts_with("Exception ignored in")) {
      ignored = true;
    } else if (in_frames && line.starts_with(' ')) {
      ReadPythonFrame(line, complaints.back());
    } else if (in_frames) {
      in_frames = false;
      ReadPythonException(line, complaints.back());
    }
  }
  std::erase_if(complaints, [](const Complaint& complaint) { return complaint.is_ignored; });
  return complaints;
}

// "    at open (/tmp/main.js:3:5)": the first one is where it happened.
void ReadNodeFrame(const std::string& line, Complaint& complaint) {
  complaint.frames += line + '\n';
  const int number = NumberAfter(line, "main.js:");
  if (complaint.line == 0 && number > 0) complaint.line = number;
}

// "  code: 'EACCES',"
void ReadNodeProperty(const std::string& line, Complaint& complaint) {
  const std::string_view text = Trim(line);
  if (text.starts_with("code: '")) complaint.code = Quoted(text, 0);
  if (text.starts_with("syscall: '")) complaint.syscall = Quoted(text, 0);
  if (text.starts_with("path: ")) complaint.path = Quoted(text, 0);
  if (text.starts_with("dest: '")) complaint.target = Quoted(text, 0);
}

std::vector<Complaint> ReadNode(const std::vector<std::string>& lines) {
  static const std::regex kException(
      R"(^[\s\[]*(?:cause\]: |errors\]: )?(?:<ref \*\d+> )?(\w*(?:Error|Exception))(?: \[(\w+)\])?(?:: ?(.*)|(?: \{)?)$)");
  std::vector<Complaint> complaints;
  std::string before;  // what node shows above the first exception: the line of the program
  int line_before = 0;
  std::size_t found = 0;
  for (const std::string& line : lines) {
    std::smatch match;
    const bool is_frame = Trim(line).starts_with("at ");
    if (!is_frame && std::regex_match(line, match, kException)) {
      Complaint complaint;
      complaint.type = match[1];
      complaint.code = match[2];
      complaint.message = match[3];
      if (complaints.empty()) complaint.frames = std::exchange(before, {});
      const bool is_part = !line.empty() && (line.front() == ' ' || line.front() == '[');
      Add(complaints, std::move(complaint), is_part);
      ++found;
    } else if (complaints.empty()) {
      before += line + '\n';
      if (const int number = NumberAfter(line, "/main.js:"); number > 0) line_before = number;
    } else if (is_frame || line.starts_with("Emitted ")) {
      ReadNodeFrame(line, complaints.back());
    } else {
      ReadNodeProperty(line, complaints.back());
    }
  }
  const bool has_first = found > 0 && found == complaints.size();
  if (has_first && complaints[0].line == 0) complaints[0].line = line_before;
  return complaints;
}

// From the beginning of the line to where its brackets are closed, so far as it is looked at.
std::string StatementAt(std::string_view program, int line) {
  if (line <= 0) return "";
  program = program.substr(0, kSearchedProgram);
  for (; line > 1; --line) {
    const std::size_t end = program.find('\n');
    if (end == std::string_view::npos) return "";
    program.remove_prefix(end + 1);
  }
  program = program.substr(0, kMaxStatement);
  int depth = 0;
  std::size_t at = 0;
  for (; at < program.size() && (depth > 0 || program[at] != '\n'); ++at) {
    const char c = program[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
  }
  return std::string(program.substr(0, at));
}

// A shell says of a program that is not there: "/bin/sh: 1: ffmpeg: not found". Its name, or nothing.
std::string MissedByShell(const std::vector<std::string>& lines) {
  static const std::regex kNotFound(R"(.*sh: (?:line )?\d+: ([^:\s]+): (?:command )?not found$)");
  const auto found =
      std::ranges::find_if(lines, [](const std::string& line) { return line.ends_with(" not found"); });
  std::smatch match;
  return found != lines.end() && std::regex_match(*found, match, kNotFound) ? match[1].str() : "";
}

// The exception that follows a shell's word only tells that the shell failed.
void ReadShell(const std::vector<std::string>& lines, std::vector<Complaint>& complaints) {
  const std::string missed = MissedByShell(lines);
  for (Complaint& complaint : complaints) {
    if (missed.empty() || (!complaint.Says("exit status 127") && !complaint.Says("Command failed"))) continue;
    complaint.code = "ENOENT";
    complaint.syscall = "spawn";
    complaint.path = missed;
  }
}

}  // namespace

bool Complaint::Says(std::string_view text) const { return message.find(text) != std::string::npos; }

bool Complaint::Mentions(std::string_view text) const { return frames.find(text) != std::string::npos; }

std::vector<Complaint> ReadComplaints(Language language, std::string_view text, std::string_view program) {
  const std::vector<std::string> lines = TailLines(text);
  std::vector<Complaint> complaints = language == Language::kPython ? ReadPython(lines) : ReadNode(lines);
  ReadShell(lines, complaints);
  std::ranges::reverse(complaints);
  // An exception of a library's depths belongs to the line of the one that it led to.
  const auto has_line = [](const Complaint& complaint) { return complaint.line != 0; };
  const auto latest = std::ranges::find_if(complaints, has_line);
  int line = latest == complaints.end() ? 0 : latest->line;
  for (Complaint& complaint : complaints) {
    line = complaint.line = has_line(complaint) ? complaint.line : line;
    complaint.statement = StatementAt(program, line);
  }
  return complaints;
}

}  // namespace sandgate

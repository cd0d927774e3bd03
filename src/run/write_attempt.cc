// SPDX-License-Identifier: Apache-2.0
#include "run/write_attempt.h"

#include <algorithm>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <optional>
#include <regex>
#include <span>
#include <vector>

#include "base/text.h"

namespace sandgate {

namespace {

using Words = std::span<const std::string_view>;

constexpr std::size_t kSearchedBytes = 500;  // of a frame: std::regex needs stack for each character
constexpr std::string_view kModes[] = {"'w", "\"w", "'a", "\"a", "'x", "\"x", "'r+", "\"r+", "'rb+", "\"rb+"};
constexpr std::string_view kWriters[] = {
    "write_text", "write_bytes", "mkdir",      "makedirs",     "os.remove(", "unlink",
    "rename(",    "os.replace(", ".touch(",    "symlink",      "rmtree",     "rmdir",
    "O_WRONLY",   "O_RDWR",      "O_CREAT",    "shutil.move(", "to_csv",     "to_excel",
    "savefig",    "writeFile",   "appendFile", "WriteStream",  "in touch",
};
constexpr std::string_view kReaders[] = {
    "'r'",        "\"r\"",   "'rb'",     "\"rb\"",   "'rt'",   "\"rt\"",  "read_",    "readFile",
    "ReadStream", "readdir", "listdir(", "scandir(", ".stat(", "in load", "read_csv",
};
constexpr std::string_view kWritingCalls[] = {"mkdir", "unlink", "rename", "rmdir", "symlink", "link"};

bool HasOne(std::string_view text, Words words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// "open('/x', 'w')", "open(path, mode='w')"; not "open('/x'); print('a')".
bool OpensToWrite(std::string_view text) {
  for (std::size_t at = text.find("open("); at != std::string_view::npos; at = text.find("open(", at + 1)) {
    const std::string_view call = text.substr(at, text.find(')', at) - at);
    const std::size_t comma = call.find(',');
    const std::size_t mode = call.find("mode=");
    const std::size_t from = std::min(comma, mode);
    if (from != std::string_view::npos && HasOne(call.substr(from), kModes)) return true;
  }
  return false;
}

// What the text says of the use of `path` where it has it as a literal: what follows that.
std::optional<bool> OfLiteral(std::string_view text, const std::string& path) {
  for (const char quote : {'"', '\''}) {
    const std::size_t at = text.find(quote + path + quote);
    if (at == std::string_view::npos) continue;
    const std::string_view before = text.substr(0, at);
    if (!before.ends_with("open(") && !before.ends_with("Path(")) return std::nullopt;
    const std::string_view after = text.substr(at + path.size() + 2);
    const std::string_view rest = after.substr(0, after.find(')'));
    if (before.ends_with("open(")) return !rest.empty() && HasOne(rest, kModes);
    if (after.starts_with(").read_")) return false;
    if (after.starts_with(").write_")) return true;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<bool> OfText(std::string_view text, const std::string& path) {
  text = text.substr(0, kSearchedBytes);
  if (const auto told = OfLiteral(text, path)) return told;
  static const std::regex kPlainOpen(R"(\bopen\([^(),]*\))");
  const bool writes = HasOne(text, kWriters) || OpensToWrite(text);
  const bool reads = HasOne(text, kReaders) || std::regex_search(text.begin(), text.end(), kPlainOpen);
  if (writes && reads) return std::nullopt;
  if (writes || reads) return writes;
  return std::nullopt;
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// Since 3.11 Python underlines the expression that failed.
std::string Marked(const std::string& source, const std::string& marks) {
  const std::size_t first = marks.find_first_of("^~");
  const std::size_t last = marks.find_last_of("^~");
  return first < source.size() && IsAscii(source) ? source.substr(first, last - first + 1) : source;
}

bool IsMarks(const std::string& line) {
  return line.find_first_not_of(" ^~") == std::string::npos && line.find('^') != std::string::npos;
}

// A text for each frame, the innermost first.
std::vector<std::string> PythonFrames(const std::vector<std::string>& lines) {
  std::vector<std::string> frames;
  std::string function;
  for (const std::string& line : lines) {
    if (line.starts_with("  File ")) {
      const std::size_t in = line.find(", in ");
      function = in == std::string::npos ? "" : line.substr(in + 2);
      frames.push_back(function);
    } else if (!frames.empty()) {
      const std::size_t source = frames.back().find('\n');
      if (IsMarks(line) && source != std::string::npos) {
        frames.back() = function + "\n" + Marked(frames.back().substr(source + 1), line);
      } else if (source == std::string::npos) {
        frames.back() += "\n" + line;
      }
    }
  }
  std::ranges::reverse(frames);
  return frames;
}

// The stack has the innermost first; above it node shows the line of the program.
std::vector<std::string> NodeFrames(const std::vector<std::string>& lines) {
  std::vector<std::string> frames;
  for (const bool of_stack : {true, false}) {
    for (const std::string& line : lines) {
      if (Trim(line).starts_with("at ") == of_stack) frames.push_back(line);
    }
  }
  return frames;
}

}  // namespace

bool IsWriteAttempt(const Complaint& complaint) {
  if (complaint.code == "EROFS") return true;
  if (std::ranges::find(kWritingCalls, complaint.syscall) != std::end(kWritingCalls)) return true;
  if (complaint.Mentions("shutil.move(")) return true;
  std::vector<std::string> lines;
  boost::algorithm::split(lines, complaint.frames, boost::algorithm::is_any_of("\n"));
  const bool is_python = complaint.frames.find("  File \"") != std::string::npos;
  for (const std::string& frame : is_python ? PythonFrames(lines) : NodeFrames(lines)) {
    if (const auto told = OfText(frame, complaint.path)) return *told;
  }
  return false;
}

}  // namespace sandgate

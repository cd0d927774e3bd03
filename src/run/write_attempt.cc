// SPDX-License-Identifier: Apache-2.0
#include "run/write_attempt.h"

#include <algorithm>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <cctype>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/text.h"

namespace sandgate {

namespace {

using Words = std::span<const std::string_view>;

constexpr std::size_t kSearchedBytes = 500;  // of a frame
constexpr std::string_view kWriters[] = {
    "write_text",        "write_bytes", "mkdir",       "makedirs",     "os.remove(",   "unlink",
    "rename(",           "os.replace(", ".touch(",     "symlink",      "rmtree",       "rmdir",
    "O_WRONLY",          "O_RDWR",      "O_CREAT",     "to_csv",       "to_excel",     "savefig",
    "writeFile",         "appendFile",  "WriteStream", "in touch",     "FileHandler(", "basicConfig(",
    "TemporaryFile(",    "mkstemp",     "mkdtemp",     "make_archive", "chmod(",       "truncate(",
    "truncateSync",      "removedirs(", "rmSync",      "at async rm ", "rmdirSync",    "writeHeapSnapshot",
    "self.baseFilename",
};
constexpr std::string_view kReaders[] = {
    "read_", "readFile", "ReadStream", "readdir", "listdir(", "scandir(", ".stat(", "in load", "O_RDONLY",
};
// System calls, as Node names them.
constexpr std::string_view kWritingCalls[] = {"mkdir",     "mkdtemp", "unlink", "rename", "rmdir",
                                              "rm",        "symlink", "link",   "chmod",  "truncate",
                                              "ftruncate", "utime",   "lutime"};
// What opens a file, with a mode among its arguments.
constexpr std::string_view kOpeners[] = {"open",     "openSync", "ZipFile",  "TarFile", "FileIO",
                                         "GzipFile", "BZ2File",  "LZMAFile", "File"};

// Modules with an `open` whose first argument is the file; that of anything else is a method of a path.
constexpr std::string_view kModules[] = {"io",      "codecs",   "gzip",     "bz2",   "lzma",   "tarfile",
                                         "zipfile", "builtins", "fs",       "dbm",   "shelve", "wave",
                                         "fsp",     "aiofiles", "promises", "Image", "fitz"};

bool HasOne(std::string_view text, Words words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool IsOfName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// "gzip.open(path, 'wb')": receiver "gzip", name "open", arguments "path" and "'wb'".
struct Call {
  std::string_view receiver;
  std::string_view name;
  std::vector<std::string_view> arguments;
};

std::string_view NameBefore(std::string_view text, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && IsOfName(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

// Those between `from` and the bracket that ends them, or the end of the text.
std::vector<std::string_view> ArgumentsFrom(std::string_view text, std::size_t from) {
  std::vector<std::string_view> arguments;
  std::size_t begin = from;
  int depth = 0;
  char quote = 0;
  const auto add = [&](std::size_t end) {
    const std::string_view argument = Trim(text.substr(begin, end - begin));
    if (!argument.empty()) arguments.push_back(argument);
  };
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == '\\') ++at;
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth-- == 0) return add(at), arguments;
    } else if (c == ',' && depth == 0) {
      add(at);
      begin = at + 1;
    }
  }
  return add(text.size()), arguments;
}

std::vector<Call> CallsIn(std::string_view text) {
  std::vector<Call> calls;
  for (std::size_t at = text.find('('); at != std::string_view::npos; at = text.find('(', at + 1)) {
    const std::string_view name = NameBefore(text, at);
    if (name.empty()) continue;
    const std::size_t begin = at - name.size();
    const bool has_receiver = begin > 0 && text[begin - 1] == '.';
    calls.push_back({has_receiver ? NameBefore(text, begin - 1) : "", name, ArgumentsFrom(text, at + 1)});
    if (has_receiver && calls.back().receiver.empty()) calls.back().receiver = ")";  // of a call
  }
  return calls;
}

// The text between its quotes where the argument is nothing but a literal.
std::optional<std::string_view> Literal(std::string_view argument) {
  if (argument.size() < 2 || (argument.front() != '"' && argument.front() != '\'')) return std::nullopt;
  if (argument.find(argument.front(), 1) != argument.size() - 1) return std::nullopt;
  return argument.substr(1, argument.size() - 2);
}

// "wb", "r+", "w:gz"
bool IsMode(std::string_view text) {
  const std::string_view access = text.substr(0, text.find_first_of(":|"));
  return !access.empty() && access.size() <= 4 &&
         access.find_first_not_of("rwxabtsU+") == std::string_view::npos;
}

bool IsWritingMode(std::string_view mode) {
  return mode.substr(0, mode.find_first_of(":|")).find_first_of("wax+") != std::string_view::npos;
}

// "encoding='ascii'"
bool IsNamed(std::string_view argument) {
  const std::size_t end = argument.find('=');
  return end != std::string_view::npos && end > 0 && NameBefore(argument, end).size() == end &&
         argument.substr(end, 2) != "==";
}

// Of an argument that is no literal: true where all modes in it write, "'a' if more else 'w'".
bool OnlyWrites(std::string_view argument) {
  bool any = false;
  for (std::size_t at = argument.find_first_of("'\""); at != std::string_view::npos;) {
    const std::size_t end = argument.find(argument[at], at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view mode = argument.substr(at + 1, end - at - 1);
    if (mode.find_first_of("wax") != 0) return false;
    any = true;
    at = argument.find_first_of("'\"", end + 1);
  }
  return any;
}

// Whether the call opens its file to write; nothing where that cannot be seen.
std::optional<bool> OfOpener(const Call& call) {
  if (std::ranges::find(kOpeners, call.name) == std::end(kOpeners) || call.receiver == "os")
    return std::nullopt;
  const bool is_method = call.name == "open" && !call.receiver.empty() &&
                         std::ranges::find(kModules, call.receiver) == std::end(kModules);
  if (call.receiver == "shelve" && call.arguments.size() < 2) return true;  // makes it
  if (call.arguments.empty() && !is_method) return std::nullopt;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    std::string_view argument = call.arguments[i];
    const bool is_named = argument.starts_with("mode=");
    if (is_named) argument.remove_prefix(5);
    const auto literal = Literal(argument);
    const bool may_be_mode = is_named || i == 1 || (i == 0 && is_method);
    if (!may_be_mode) continue;
    if (literal && IsMode(*literal))
      return call.receiver == "dbm" ? *literal != "r" : IsWritingMode(*literal);
    if (literal || (!is_named && IsNamed(argument))) continue;
    if (OnlyWrites(argument)) return true;
    if (!(i == 0 && is_method && call.arguments.size() > 1)) return std::nullopt;
  }
  return std::ranges::none_of(call.arguments, [](std::string_view one) { return one.starts_with('*'); })
             ? std::optional<bool>(false)
             : std::nullopt;
}

// What opens a file decides, before any word.
std::optional<bool> OfText(std::string_view text, const std::string& path) {
  text = text.substr(0, kSearchedBytes);
  bool opens_to_write = false;
  bool opens_to_read = false;
  for (const Call& call : CallsIn(text)) {
    const std::optional<bool> told = OfOpener(call);
    if (!told) continue;
    if (!call.arguments.empty() && Literal(call.arguments[0]) == std::optional<std::string_view>(path))
      return told;
    (*told ? opens_to_write : opens_to_read) = true;
  }
  if (opens_to_write != opens_to_read) return opens_to_write;
  if (opens_to_write) return std::nullopt;
  const bool writes = HasOne(text, kWriters);
  const bool reads = HasOne(text, kReaders);
  if (writes == reads) return std::nullopt;
  return writes;
}

// The byte at which the character `index` of UTF-8 begins.
std::size_t ByteOf(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && index-- == 0) break;
  }
  return at;
}

// Since 3.11 Python underlines the expression that failed; it counts characters.
std::string Marked(const std::string& source, const std::string& marks) {
  const std::size_t first = ByteOf(source, marks.find_first_of("^~"));
  const std::size_t end = ByteOf(source, marks.find_last_of("^~") + 1);
  return first < end ? source.substr(first, end - first) : source;
}

bool IsMarks(const std::string& line) {
  return line.find_first_not_of(" ^~") == std::string::npos && line.find('^') != std::string::npos;
}

// A text for each frame, the innermost first: what it shows of its line, and of a library's the function.
// Names that the user has given to functions tell nothing.
std::vector<std::string> PythonFrames(const std::vector<std::string>& lines, const Complaint& complaint) {
  std::vector<std::string> frames;
  std::string source;
  const std::string own = "  File \"main.py\", line " + std::to_string(complaint.line) + ",";
  for (const std::string& line : lines) {
    if (line.starts_with("  File ")) {
      const std::size_t in = line.find(", in ");
      const bool is_library = !line.starts_with("  File \"main.py\"") && in != std::string::npos;
      frames.push_back(is_library ? line.substr(in + 2) + "\n" : "");
      source.clear();
      if (line.starts_with(own) && complaint.statement.find('\n') != std::string::npos) {
        frames.back() = source = complaint.statement;  // in more than one line, of which the first is shown
      }
    } else if (!frames.empty() && source.empty()) {
      source = line;
      frames.back() += line;
    } else if (!frames.empty() && IsMarks(line) && source.find('\n') == std::string::npos) {
      frames.back().replace(frames.back().size() - source.size(), source.size(), Marked(source, line));
    }
  }
  std::ranges::reverse(frames);
  return frames;
}

// The stack has the innermost first; above it node shows a line, which may be its own.
std::vector<std::string> NodeFrames(const std::vector<std::string>& lines, const Complaint& complaint) {
  std::vector<std::string> frames;
  for (const bool of_stack : {true, false}) {
    for (const std::string& line : lines) {
      if (Trim(line).starts_with("at ") == of_stack) frames.push_back(line);
    }
    if (of_stack) frames.push_back(complaint.statement);
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
  for (const std::string& frame : is_python ? PythonFrames(lines, complaint) : NodeFrames(lines, complaint)) {
    if (const auto told = OfText(frame, complaint.path)) return *told;
  }
  return false;
}

}  // namespace sandgate

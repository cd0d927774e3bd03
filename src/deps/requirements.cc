// SPDX-License-Identifier: Apache-2.0
#include "deps/requirements.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <filesystem>

#include "base/characters.h"
#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"
#include "deps/passwords.h"

namespace sandgate {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxFiles = 64;
constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxListed = 10000;

std::string ReadPlainFile(const std::string& path) {
  if (path.find('\0') != std::string::npos)
    throw Error(Printable(path, Lines::kOne) + ": not the name of a file");
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) ThrowErrno("read " + path);
  if (!S_ISREG(status.st_mode)) throw Error(path + ": not a file");
  if (static_cast<std::size_t>(status.st_size) > kMaxBytes) throw Error(path + ": too large");
  auto text = sys::ReadFile(path);
  if (!text) ThrowErrno("read " + path);
  return std::move(*text);
}

// pip: a # at the start of a line or behind white space.
std::string_view WithoutComment(std::string_view line) {
  for (std::size_t hash = line.find('#'); hash != std::string_view::npos; hash = line.find('#', hash + 1)) {
    if (hash == 0 || line[hash - 1] == ' ' || line[hash - 1] == '\t') return line.substr(0, hash);
  }
  return line;
}

// The file that a line includes, else empty.
std::string IncludedBy(std::string_view line) {
  for (const std::string_view option : {"-r", "-c", "--requirement", "--constraint"}) {
    if (!line.starts_with(option)) continue;
    std::string_view rest = line.substr(option.size());
    const bool is_long = option.starts_with("--");
    if (is_long && (rest.empty() || (rest[0] != ' ' && rest[0] != '=' && rest[0] != '\t'))) continue;
    if (!rest.empty() && rest[0] == '=') rest.remove_prefix(1);
    return std::string(Trim(rest));
  }
  return "";
}

enum class Part { kRequirements, kConstraints };

class Reader {
 public:
  // `by` names it, where one does.
  void Read(const std::string& path, Part part, const RequirementLine* by = nullptr);
  Requirements Take() { return std::move(all_); }

 private:
  void AddLine(const RequirementLine& place, std::string_view text);

  Requirements all_;
};

// `place` is the line but for its text.
void Reader::AddLine(const RequirementLine& place, std::string_view text) {
  text = Trim(WithoutComment(text));
  if (text.empty()) return;
  const std::string included = IncludedBy(text);
  if (included.empty()) {
    all_.lines.push_back(place);
    all_.lines.back().text = text;
  } else if (included.find("://") == std::string::npos) {
    const bool constraints = place.constraint || text.starts_with("-c") || text.starts_with("--constraint");
    RequirementLine by = place;
    by.text = text;
    Read((fs::path(place.file).parent_path() / included).lexically_normal().string(),
         constraints ? Part::kConstraints : Part::kRequirements, &by);
  }
}

std::string ReadNamed(const std::string& path, const RequirementLine* by) {
  try {
    return ReadPlainFile(path);
  } catch (const Error& error) {
    if (by == nullptr) throw;
    throw Error(error.what() + PlaceOf(by), error.errno_value());
  }
}

void Reader::Read(const std::string& path, Part part, const RequirementLine* by) {
  if (std::ranges::find(all_.files, path) != all_.files.end()) return;
  if (all_.files.size() == kMaxFiles) throw Error(path + ": too many files include one another");
  const std::string text = ReadNamed(path, by);
  all_.files.push_back(path);
  all_.contents += fmt::format("{}\n{}\n{}\n", path, text.size(), text);
  std::string joined;
  int number = 0;
  int first = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (joined.empty()) first = number;
    const bool is_comment = Trim(line).starts_with('#');
    const bool goes_on = line.ends_with('\\') && !is_comment && begin < text.size();
    if (goes_on) line.remove_suffix(1);
    if (is_comment) joined += ' ';
    joined += line;
    if (goes_on) continue;
    AddLine({path, first, "", part == Part::kConstraints}, joined);
    joined.clear();
  }
}

// PEP 503: what pip takes for the same name.
std::string Normal(std::string_view name) {
  std::string normal;
  for (const char c : ToLower(name)) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (!separator) {
      normal += c;
    } else if (normal.empty() || normal.back() != '-') {
      normal += '-';
    }
  }
  return normal;
}

// "Requests[socks]>=2" -> "requests"; "./my_own-1.0-py3-none-any.whl" -> "my-own" (PEP 427); of package.json
// `"@scope/name": "1"` -> "@scope/name"
std::string NameIn(std::string_view line) {
  if (line.starts_with('"')) return Normal(line.substr(1, line.find('"', 1) - 1));
  const std::string_view word = line.substr(0, line.find_first_of("#?;[@ \t"));
  if (word.ends_with(".whl") && !word.starts_with('-')) {
    const std::string_view wheel = word.substr(word.rfind('/') + 1);
    return Normal(wheel.substr(0, wheel.find('-')));
  }
  const std::size_t end = line.find_first_of("[<>=!~;@ \t(");
  return Normal(Trim(line.substr(0, end)));
}

}  // namespace

std::string PlaceOf(const RequirementLine* line) {
  if (line == nullptr) return "";
  const std::string text = Printable(WithoutPasswords(line->text), Lines::kOne);
  if (line->number == 0) return fmt::format(" ({}: {})", line->file, text);
  return fmt::format(" ({}, line {}: {})", line->file, line->number, text);
}

Requirements ReadRequirements(const std::string& path) {
  std::error_code ignored;
  if (path.empty() || !fs::exists(path, ignored)) return {};
  Reader reader;
  reader.Read(path, Part::kRequirements);
  return reader.Take();
}

const RequirementLine* FindLine(const Requirements& requirements, std::string_view name) {
  const std::string wanted = Normal(name);
  const auto found = std::ranges::find_if(
      requirements.lines, [&](const RequirementLine& line) { return NameIn(line.text) == wanted; });
  return found == requirements.lines.end() ? nullptr : &*found;
}

const RequirementLine* FindRequest(const Requirements& requirements, std::string_view name) {
  const std::string wanted = Normal(name);
  const auto found = std::ranges::find_if(requirements.lines, [&](const RequirementLine& line) {
    return !line.constraint && NameIn(line.text) == wanted;
  });
  return found == requirements.lines.end() ? nullptr : &*found;
}

std::string Fingerprint(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += fmt::format("{}:{}", part.size(), part);
  const boost::uuids::name_generator_sha1 generate(boost::uuids::ns::oid());
  std::string text = boost::uuids::to_string(generate(all));
  std::erase(text, '-');
  return text;
}

std::string Listing(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> rows;
  for (fs::recursive_directory_iterator next(folder, error), end; !error && next != end;
       next.increment(error)) {
    struct stat status {};
    if (::lstat(next->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    rows.push_back(fmt::format("{} {} {}.{}\n", next->path().string(), status.st_size, status.st_mtim.tv_sec,
                               status.st_mtim.tv_nsec));
    if (rows.size() > kMaxListed) throw Error(folder + ": more files than can be watched");
  }
  std::ranges::sort(rows);
  std::string text;
  for (const std::string& row : rows) text += row;
  return text;
}

}  // namespace sandgate

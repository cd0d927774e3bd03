// SPDX-License-Identifier: Apache-2.0
// Reads the configuration file with plain system calls, so that the errno behind a failure can be told,
// and walks the tree that yaml-cpp makes of it. The file is the operator's: it is trusted as far as
// resources go, but every mistake in it is to be told with its place.
#include "config/yaml_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/fd.h"
#include "config/yaml_document.h"

namespace sandgate {

namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20;
// No setting is deeper than 2. An alias can make a mapping contain itself, without end.
constexpr int kMaxDepth = 5;
// Nor is an item of a list.
constexpr int kItemLevels = 2;

std::string_view ReadHint(int errno_value) {
  switch (errno_value) {
    case EISDIR:
      return "; Docker makes a folder where a mounted file does not exist";
    case EACCES:
    case EPERM:
      return "; the server's user must be able to read it (with SELinux, mount it with :z)";
    default:
      return "";
  }
}

[[noreturn]] void ThrowUnreadable(const std::string& path, int errno_value) {
  throw Error(
      fmt::format("read configuration file {}: {}{}", path, ErrnoText(errno_value), ReadHint(errno_value)),
      errno_value);
}

// Marks count from 0; YAML's null mark has -1.
int Line(const YAML::Mark& mark) { return mark.line + 1; }

[[noreturn]] void ThrowAt(const std::string& path, const YAML::Mark& mark, const std::string& what) {
  if (mark.is_null()) throw Error(fmt::format("{}: {}", path, what));
  throw Error(fmt::format("{}:{}:{}: {}", path, Line(mark), mark.column + 1, what));
}

// Without the items of a list, which may contain itself; a mapping with its values, `levels` deep.
RawValue ToRawItem(const YAML::Node& node, int levels) {
  RawValue value;
  value.line = Line(node.Mark());
  if (node.IsScalar()) {
    value.shape = RawValue::Shape::kText;
    value.text = node.Scalar();
  } else if (node.IsMap()) {
    value.shape = RawValue::Shape::kMapping;
    for (const auto& entry : node) {
      if (levels == 0) break;
      value.names.push_back(entry.first.IsScalar() ? entry.first.Scalar() : "?");
      value.items.push_back(ToRawItem(entry.second, levels - 1));
      if (entry.second.IsNull()) value.items.back().line = Line(entry.first.Mark());
    }
  } else if (node.IsSequence()) {
    value.shape = RawValue::Shape::kList;
  }
  return value;
}

// The line of a setting without a value is that of its name: the mark of nothing is where the next thing
// begins.
RawValue ToRaw(const YAML::Node& node) {
  RawValue value = ToRawItem(node, 0);
  if (node.IsNull()) value.line = 0;
  if (node.IsSequence()) {
    for (const YAML::Node& item : node) value.items.push_back(ToRawItem(item, kItemLevels));
  }
  return value;
}

// The mapping's settings into `settings`. Members carry what is the same on every level.
class Flattener {
 public:
  explicit Flattener(const std::string& path) : path_(path) {}

  void Add(const YAML::Node& mapping, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) ThrowAt(path_, mapping.Mark(), "mappings are nested deeper than any setting");
    for (const auto& entry : mapping) {
      const std::string key = prefix + (entry.first.IsScalar() ? entry.first.Scalar() : "?");
      if (entry.second.IsMap() && entry.second.size() > 0) {
        Add(entry.second, key + ".", depth + 1);
      } else {
        settings_.push_back({key, ToRaw(entry.second), Line(entry.first.Mark())});
      }
    }
  }

  std::vector<Setting> Take() { return std::move(settings_); }

 private:
  const std::string& path_;
  std::vector<Setting> settings_;
};

// What the parser's words leave open about the line at `mark`.
std::string_view SyntaxHint(const std::string& text, const YAML::Mark& mark) {
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i <= mark.line; ++i) std::getline(lines, line);
  const std::string_view indent = std::string_view(line).substr(0, line.find_first_not_of(" \t"));
  return indent.find('\t') == std::string_view::npos ? ""
                                                     : "; the line begins with a tab, and YAML wants spaces";
}

YAML::Node Parse(const std::string& text, const std::string& path) {
  try {
    return ParseDocument(text);
  } catch (const YAML::Exception& error) {
    ThrowAt(path, error.mark,
            fmt::format("not one YAML document: {}{}", error.msg, SyntaxHint(text, error.mark)));
  }
}

}  // namespace

std::optional<std::string> ReadConfigFile(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return std::nullopt;
    ThrowUnreadable(path, errno);
  }
  std::string text;
  char buffer[16384];
  ssize_t got = 0;
  while ((got = ::read(file.get(), buffer, sizeof(buffer))) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) ThrowUnreadable(path, errno);
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxFileBytes) ThrowUnreadable(path, EFBIG);
  }
  return text;
}

std::vector<Setting> ParseSettings(const std::string& text, const std::string& path) {
  const YAML::Node root = Parse(text, path);
  if (root.IsNull()) return {};
  if (!root.IsMap()) ThrowAt(path, root.Mark(), "not a mapping; expected lines such as `max_workers: 4`");
  Flattener flattener(path);
  flattener.Add(root, "", 1);
  return flattener.Take();
}

}  // namespace sandgate

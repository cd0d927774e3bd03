// SPDX-License-Identifier: Apache-2.0
#include "deps/package_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <string_view>

#include "base/characters.h"
#include "base/error.h"

namespace sandgate {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

// The lock file beside a package.json; empty where there is none.
std::string LockFileBeside(const std::string& package_json) {
  for (const char* name : {"package-lock.json", "npm-shrinkwrap.json"}) {
    const fs::path file = fs::path(package_json).parent_path() / name;
    std::error_code ignored;
    if (fs::exists(file, ignored)) return file.string();
  }
  return "";
}

// "FILE, line 3, column 5": of the byte `at`, in characters.
std::string PlaceIn(const std::string& path, std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  return fmt::format("{}, line {}, column {}", path, std::ranges::count(before, '\n') + 1,
                     CountCharacters(line) + 1);
}

// Why the parser went no further than `at`.
std::string WhyNoJson(const std::string& path, std::string_view text, std::size_t at, bool whole) {
  const std::string place = PlaceIn(path, text, at);
  if (whole) return fmt::format("{}: this is not JSON: nothing may follow the last bracket", place);
  if (at >= text.size()) return fmt::format("{}: this is not JSON: the file ends too early", place);
  switch (text[at]) {
    case '}':
    case ']':
      return fmt::format("{}: this is not JSON: before the bracket is a comma too many, or no value", place);
    case '"':
      return fmt::format("{}: this is not JSON: before the quote a comma or colon is missing", place);
    case '\'':
      return fmt::format("{}: this is not JSON: names and texts stand in double quotes", place);
    case '/':
    case '#':
      return fmt::format("{}: this is not JSON: it has no comments", place);
    case '\n':
    case '\r':
      return fmt::format("{}: this is not JSON: a text has no end in its line", place);
    default:
      return fmt::format("{}: this is not JSON: what stands here is not expected", place);
  }
}

// What `text` says. Throws Error.
json::object ParseObject(const std::string& path, std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // npm passes over it too
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  json::parser parser;
  json::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (error || read < text.size()) throw Error(WhyNoJson(path, text, read, !error));
  json::value value = parser.release();
  if (!value.is_object())
    throw Error(fmt::format("{}: a package.json is one object, in curly brackets", path));
  return std::move(value.get_object());
}

// Of a file that ReadRequirements() has read: what follows its name and its size.
std::string_view BodyOf(const Requirements& read, const std::string& path) {
  std::string_view text = read.contents;
  text.remove_prefix(path.size() + 1);
  text.remove_prefix(text.find('\n') + 1);
  text.remove_suffix(1);
  return text;
}

}  // namespace

Requirements ReadPackageJson(const std::string& path, std::string& lock_file) {
  Requirements all = ReadRequirements(path);  // for its contents
  all.lines.clear();
  if (all.files.empty()) return all;
  const json::object parsed = ParseObject(path, BodyOf(all, path));
  for (const char* group : {"dependencies", "optionalDependencies"}) {
    const json::value* dependencies = parsed.if_contains(group);
    if (dependencies == nullptr) continue;
    if (!dependencies->is_object()) {
      throw Error(
          fmt::format("{}: \"{}\" is no object, in curly brackets, of names and versions", path, group));
    }
    for (const auto& [name, version] : dependencies->get_object()) {
      all.lines.push_back({path, 0, fmt::format("\"{}\": {}", std::string(name), json::serialize(version))});
    }
  }
  lock_file = LockFileBeside(path);
  if (!lock_file.empty()) all.contents += ReadRequirements(lock_file).contents;
  return all;
}

}  // namespace sandgate

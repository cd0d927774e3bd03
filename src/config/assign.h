// SPDX-License-Identifier: Apache-2.0
// One value as somebody wrote it, checked against its row of the table and put into Config; and back, as
// text for people. Used by load.cc (file and environment), options.cc (defaults) and effective.cc.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"

namespace sandgate {

enum class Origin { kDefault, kFile, kEnvironment };

// A value before it has a type.
struct RawValue {
  enum class Shape { kText, kList, kMapping, kNothing };

  static RawValue Text(std::string_view text) { return {Shape::kText, std::string(text), {}, 0, {}}; }
  // True for nothing and for a text of white space only: such a value counts as not given.
  bool empty() const;

  Shape shape = Shape::kNothing;
  std::string text;             // of kText
  std::vector<RawValue> items;  // of kList; an item that is a list itself comes without its items
  int line = 0;                 // in the file, from 1; 0: not from a file
  // Of a kMapping within a list: the names of `items`. Elsewhere a mapping comes without its content.
  std::vector<std::string> names;
};

// The part of a value that is wrong: the whole, or one item of a list.
struct BadValue {
  std::string shown;     // quoted and cut, or "a list"; a secret is never in it
  int line = 0;          // as in RawValue
  std::string expected;  // what it should be; empty: what the option expects
};

// Puts `value` into `config`. Where it is not what the option expects, returns what is wrong and leaves
// `config` as it is. From the file, YAML's words for booleans are taken, else only Go's.
std::optional<BadValue> Assign(const Option& option, const RawValue& value, Origin origin, Config& config);

// A list as a list of items: a text is split at its commas, an empty value has none.
std::vector<RawValue> ItemsOf(const RawValue& value);

// The value in force, for people: never a secret, a URL without its password, sizes with units,
// "" when it is empty.
std::string ValueText(const Option& option, const Config& config);

}  // namespace sandgate

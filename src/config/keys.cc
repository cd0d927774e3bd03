// SPDX-License-Identifier: Apache-2.0
// An entry with a field that is not known stops the start, unlike an unknown option: a misspelt limit would
// silently be none.
#include "config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/characters.h"
#include "base/text.h"
#include "config/limits.h"
#include "config/values.h"

namespace sandgate {

namespace {

constexpr std::size_t kMaxKeys = 256;
constexpr std::size_t kMaxNameBytes = 64;

struct NumberField {
  std::string_view name;
  std::int64_t ApiKey::*member;
  std::int64_t max;
  std::string_view doc;
};

constexpr std::array<NumberField, 2> kNumbers{
    {{"max_workers", &ApiKey::max_workers, 1024,
      "Runs of this key at the same time; without it up to all workers."},
     {"max_requests", &ApiKey::max_requests, 100000,
      "Run requests of this key under way; one more is answered 503. The option of that name counts all "
      "keys."}}};

BadValue Bad(std::string shown, int line, std::string expected) {
  return {std::move(shown), line, std::move(expected)};
}

std::string Shown(const RawValue& value) {
  if (value.shape == RawValue::Shape::kList) return "a list";
  if (value.shape == RawValue::Shape::kMapping) return "a mapping";
  if (value.empty()) return "an empty value";
  std::string quoted;
  AppendJsonString(quoted, std::string_view(value.text).substr(0, kMaxNameBytes));
  return quoted;
}

std::optional<BadValue> FindRepeated(const RawValue& map) {
  for (std::size_t i = 0; i < map.items.size(); ++i) {
    const auto end = map.names.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(map.names.begin(), end, map.names[i]) == end) continue;
    return Bad(Shown(RawValue::Text(map.names[i])), map.items[i].line, "a field that is there once only");
  }
  return std::nullopt;
}

bool IsName(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), plain);
}

// A whole number, or, where the option has such a kind, a size.
std::optional<std::int64_t> Number(const RawValue& value, Kind kind) {
  if (value.shape != RawValue::Shape::kText) return std::nullopt;
  return kind == Kind::kSize ? ParseSize(Trim(value.text)) : ParseWhole(Trim(value.text));
}

// Reads one entry of the list. The first mistake ends it.
class Entry {
 public:
  explicit Entry(const RawValue& value) : value_(value) {}

  std::optional<BadValue> Read();
  ApiKey Take() { return std::move(key_); }

 private:
  bool ReadField(std::string_view name, const RawValue& value);
  bool ReadText(std::string_view name, const RawValue& value);
  bool ReadNumber(const NumberField& field, const RawValue& value);
  bool ReadLimits(const RawValue& value);
  bool ReadLimit(std::string_view name, const RawValue& value);
  bool Refuse(const RawValue& value, std::string shown, const std::string& expected);
  std::string Whose() const { return key_.name.empty() ? "of a key" : "of the key " + key_.name; }

  const RawValue& value_;
  ApiKey key_;
  std::optional<BadValue> bad_;
};

bool Entry::Refuse(const RawValue& value, std::string shown, const std::string& expected) {
  bad_ = Bad(std::move(shown), value.line, expected);
  return false;
}

bool Entry::ReadText(std::string_view name, const RawValue& value) {
  if (name == "name") {
    if (value.shape != RawValue::Shape::kText || !IsName(value.text) || value.text == kDefaultKeyName) {
      return Refuse(
          value, Shown(value),
          "the name of a key: up to 64 letters, digits, dots, dashes and underscores; default is app.key");
    }
    key_.name = value.text;
    return true;
  }
  const bool usable = value.shape == RawValue::Shape::kText && !value.text.empty() &&
                      value.text.size() <= kMaxKeyBytes && Trim(value.text) == value.text &&
                      !HasControl(value.text);
  if (!usable) {
    return Refuse(value, value.empty() ? "an empty value" : "the value",
                  "a usable key: one line of at most 256 bytes, not empty, without spaces at its ends");
  }
  key_.key = value.text;
  return true;
}

bool Entry::ReadNumber(const NumberField& field, const RawValue& value) {
  const auto number = Number(value, Kind::kWhole);
  if (!number || *number < 1 || *number > field.max) {
    return Refuse(value, Shown(value),
                  fmt::format("a whole number from 1 to {} ({} {})", field.max, field.name, Whose()));
  }
  key_.*field.member = *number;
  return true;
}

bool Entry::ReadLimit(std::string_view name, const RawValue& value) {
  const LimitRow* limit = FindLimit(name);
  if (limit == nullptr) {
    std::string names;
    for (const LimitRow& one : LimitRows())
      names += fmt::format("{}{}", names.empty() ? "" : ", ", one.field);
    return Refuse(value, Shown(RawValue::Text(name)),
                  fmt::format("a limit {}; there are {}", Whose(), names));
  }
  const Option& option = OptionOf(*limit);
  const auto number = Number(value, option.kind);
  const std::int64_t least = std::max<std::int64_t>(1, option.min);  // an option's 0 is no limit
  if (!number || *number < least || *number > option.max) {
    return Refuse(value, Shown(value), fmt::format("{} (limits.{} {})", Expected(option), name, Whose()));
  }
  key_.limits.*limit->value = *number;
  return true;
}

bool Entry::ReadLimits(const RawValue& value) {
  if (value.shape != RawValue::Shape::kMapping) {
    return Refuse(value, Shown(value), fmt::format("a map of limits (limits {})", Whose()));
  }
  bad_ = FindRepeated(value);
  if (bad_) return false;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (!ReadLimit(value.names[i], value.items[i])) return false;
  }
  return true;
}

bool Entry::ReadField(std::string_view name, const RawValue& value) {
  if (name == "name" || name == "key") return ReadText(name, value);
  if (name == "limits") return ReadLimits(value);
  for (const NumberField& field : kNumbers) {
    if (field.name == name) return ReadNumber(field, value);
  }
  return Refuse(value, Shown(RawValue::Text(name)),
                "a field of a key; there are name, key, max_workers, max_requests and limits");
}

std::optional<BadValue> Entry::Read() {
  if (value_.shape != RawValue::Shape::kMapping) {
    return Bad(value_.shape == RawValue::Shape::kText ? "an item that is no map" : Shown(value_), value_.line,
               "a list of maps, each with name and key");
  }
  if (auto repeated = FindRepeated(value_)) return repeated;
  for (std::size_t i = 0; i < value_.items.size(); ++i) {
    if (!ReadField(value_.names[i], value_.items[i])) return bad_;
  }
  if (key_.name.empty())
    return Bad("an entry without a name", value_.line, "a whole key: it needs name and key");
  if (key_.key.empty()) {
    return Bad(fmt::format("the entry {}", key_.name), value_.line, "a whole key: it needs name and key");
  }
  return std::nullopt;
}

}  // namespace

std::optional<BadValue> AssignKeys(const RawValue& value, std::vector<ApiKey>& keys) {
  const std::string expected = fmt::format("a list of at most {} maps, each with name and key", kMaxKeys);
  if (value.shape != RawValue::Shape::kList || value.items.size() > kMaxKeys) {
    const bool list = value.shape == RawValue::Shape::kList;
    const bool text = value.shape == RawValue::Shape::kText;  // not shown: it may hold keys
    return Bad(list ? "a longer list" : text ? "a text" : Shown(value), value.line, expected);
  }
  std::vector<ApiKey> read;
  for (const RawValue& item : value.items) {
    Entry entry(item);
    if (auto bad = entry.Read()) return bad;
    ApiKey key = entry.Take();
    for (const ApiKey& other : read) {
      if (other.name == key.name) return Bad(key.name, item.line, "a name that no other key has");
      if (other.key == key.key) {
        return Bad(fmt::format("the key of {}", key.name), item.line,
                   fmt::format("another one than that of {}", other.name));
      }
    }
    read.push_back(std::move(key));
  }
  keys = std::move(read);
  return std::nullopt;
}

std::vector<KeyMistake> KeyMistakes(const Config& config) {
  std::vector<KeyMistake> mistakes;
  // Whoever has the key of the platform must not have the operator's.
  if (!config.admin_key.empty() && config.admin_key == config.key) {
    mistakes.push_back({"app.admin_key", "app.admin_key: it must be another key than app.key"});
  }
  if (!config.metrics_key.empty() &&
      (config.metrics_key == config.key || config.metrics_key == config.admin_key)) {
    mistakes.push_back({"metrics.key", "metrics.key: it must be another key than app.key and app.admin_key"});
  }
  for (const ApiKey& key : config.keys) {
    const auto same = [&](std::string_view option, const std::string& other) {
      if (key.key != other) return;
      mistakes.push_back(
          {"keys", fmt::format("keys: the key of {} must be another one than {}", key.name, option)});
    };
    same("app.key", config.key);
    same("app.admin_key", config.admin_key);
    same("metrics.key", config.metrics_key);
    for (const LimitRow& limit : LimitRows()) {
      const std::int64_t own = key.limits.*limit.value;
      const std::int64_t configured = config.*limit.value;
      if (configured == 0 || own <= configured) continue;  // 0: none
      mistakes.push_back(
          {"keys", fmt::format("keys: {} of the key {} is {}, more than {} ({}): a key can only lower it",
                               limit.name(), key.name, own, limit.setting, configured)});
    }
  }
  return mistakes;
}

std::string KeyFieldsDocs() {
  std::string text = "| field of an entry | values | meaning |\n|---|---|---|\n";
  text +=
      "| `name` | up to 64 letters, digits, `.`, `-`, `_` | Required and unique; in the log and in /metrics. "
      "`default` is that of `app.key`. |\n";
  text += "| `key` | text of 1 to 256 bytes | Required and unique: what clients send as `X-Api-Key`. |\n";
  for (const NumberField& field : kNumbers) {
    text += fmt::format("| `{}` | 1 to {} | {} |\n", field.name, field.max, field.doc);
  }
  for (const LimitRow& limit : LimitRows()) {
    text += fmt::format("| `limits.{}` | at most `{}` | What is in force for runs of this key instead. |\n",
                        limit.field, limit.setting);
  }
  return text;
}

}  // namespace sandgate

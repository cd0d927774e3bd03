// SPDX-License-Identifier: Apache-2.0
#include "selftest/attack.h"

#include <embedded/attacks.h>
#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace sandgate::selftest {

namespace {

constexpr std::string_view kModes[] = {"full", "container", "rootless", "any"};
constexpr std::string_view kOnce[] = {"claim", "expected", "origin", "network", "outside"};
constexpr std::string_view kNeeded[] = {"claim", "expected", "origin", "outside"};
constexpr std::string_view kOpenIn = "open in";

template <typename Range>
bool Contains(const Range& range, std::string_view value) {
  return std::find(std::begin(range), std::end(range), value) != std::end(range);
}

[[noreturn]] void Refuse(std::string_view name, const std::string& mistake) {
  throw Error(fmt::format("attacks/{}: {}", name, mistake));
}

struct Field {
  std::string key;
  std::string value;
};

// What stands before the first ": ", and after it.
Field SplitField(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {"", std::string(text)};
  return {std::string(Trim(text.substr(0, colon))), std::string(Trim(text.substr(colon + 1)))};
}

// The comment lines between the licence line and the first other line, lines that go on joined.
std::vector<Field> HeaderOf(std::string_view name, std::string_view text, std::string_view mark) {
  std::vector<Field> fields;
  for (bool first = true; !text.empty(); first = false) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with(mark)) break;
    line.remove_prefix(mark.size());
    if (first) {
      if (Trim(line) != "SPDX-License-Identifier: Apache-2.0") break;
      continue;
    }
    if (line.starts_with("   ") && !fields.empty()) {
      fields.back().value += " " + std::string(Trim(line));
      continue;
    }
    fields.push_back(SplitField(line));
    if (fields.back().key.empty()) Refuse(name, fmt::format("the header line \"{}\" has no key", Trim(line)));
  }
  if (fields.empty()) Refuse(name, "no header after the licence line");
  return fields;
}

OpenIn ParseOpenIn(std::string_view name, std::string_view value) {
  const Field parts = SplitField(value);
  const std::vector<std::string> words = SplitList(parts.key, ' ');
  OpenIn open;
  const bool plain = words.size() == 1;
  if (!plain && (words.size() != 3 || (words[1] != "with" && words[1] != "without"))) {
    Refuse(name, fmt::format("\"open in: {}\" is not MODE: WHY nor MODE with|without LAYER: WHY", value));
  }
  open.mode = words[0];
  open.why = parts.value;
  if (!plain) (words[1] == "with" ? open.with : open.without) = words[2];
  if (!Contains(kModes, open.mode)) Refuse(name, fmt::format("open in: there is no mode {}", open.mode));
  if (open.why.empty()) Refuse(name, "open in: says no reason");
  return open;
}

void ParseExpected(Attack& attack) {
  constexpr std::string_view kLimit = "limit ";
  if (attack.expected == "refused" || attack.expected == "absent") return;
  if (attack.expected.starts_with(kLimit)) {
    attack.limits = SplitList(std::string_view(attack.expected).substr(kLimit.size()), ',');
  }
  const auto is_name = [](const std::string& limit) {
    return limit.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos && limit != "ok";
  };
  if (attack.limits.empty() || !std::all_of(attack.limits.begin(), attack.limits.end(), is_name)) {
    Refuse(attack.name,
           fmt::format("expected: {} is not refused, absent or limit NAME, ...", attack.expected));
  }
}

void ParseOutside(Attack& attack, const std::string& value) {
  if (value == "as root") return;
  if (value == "as nobody") {
    attack.outside = Outside::kAsNobody;
    return;
  }
  const Field parts = SplitField(value);
  if (parts.key != "never" || parts.value.empty()) {
    Refuse(attack.name,
           fmt::format("outside: {} is not \"as root\", \"as nobody\" or \"never: WHY\"", value));
  }
  attack.outside = Outside::kNever;
  attack.never = parts.value;
}

std::map<std::string, std::string> FieldsOf(Attack& attack, std::string_view mark) {
  std::map<std::string, std::string> found;
  for (Field& field : HeaderOf(attack.name, attack.text, mark)) {
    if (field.key == kOpenIn) {
      attack.open_in.push_back(ParseOpenIn(attack.name, field.value));
      continue;
    }
    if (!Contains(kOnce, field.key))
      Refuse(attack.name, fmt::format("no header line is named {}", field.key));
    if (field.value.empty()) Refuse(attack.name, fmt::format("{} is empty", field.key));
    const auto [place, is_new] = found.emplace(field.key, std::move(field.value));
    if (!is_new) Refuse(attack.name, fmt::format("{} stands there twice", place->first));
  }
  for (const std::string_view key : kNeeded) {
    if (!found.contains(std::string(key))) Refuse(attack.name, fmt::format("{} is missing", key));
  }
  return found;
}

}  // namespace

bool OpenIn::Matches(std::string_view mode_here, const std::vector<std::string>& layers) const {
  if (mode != "any" && mode != mode_here) return false;
  if (!with.empty() && !Contains(layers, with)) return false;
  return without.empty() || !Contains(layers, without);
}

Attack ParseAttack(std::string_view name, std::string_view text) {
  Attack attack;
  attack.name = name;
  attack.text = text;
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0) Refuse(name, "not in the folder of a family");
  attack.family = name.substr(0, slash);
  const bool python = name.ends_with(".py");
  if (!python && !name.ends_with(".js")) Refuse(name, "the name must end in .py or .js");
  attack.language = python ? Language::kPython : Language::kNode;
  std::map<std::string, std::string> fields = FieldsOf(attack, python ? "#" : "//");
  attack.claim = fields["claim"];
  attack.expected = fields["expected"];
  attack.origin = fields["origin"];
  ParseExpected(attack);
  ParseOutside(attack, fields["outside"]);
  if (const std::string& network = fields["network"]; !network.empty()) {
    if (network != "yes") Refuse(name, "network: the only value is yes");
    attack.network = true;
  }
  return attack;
}

std::vector<Attack> AllAttacks() {
  std::vector<Attack> attacks;
  for (const auto& [name, text] : embedded::attacks::kFiles) attacks.push_back(ParseAttack(name, text));
  return attacks;
}

bool IsMeant(const Attack& attack, const std::string& pattern) {
  return attack.name.find(pattern) != std::string::npos ||
         ::fnmatch(pattern.c_str(), attack.name.c_str(), 0) == 0;
}

std::string ProgramOf(const Attack& attack, std::string_view stage) {
  if (attack.language == Language::kNode)
    return fmt::format("globalThis.STAGE = {};\n{}", stage, attack.text);
  return fmt::format("STAGE = __import__('json').loads(r'''{}''')\n{}", stage, attack.text);
}

}  // namespace sandgate::selftest

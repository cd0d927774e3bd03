// SPDX-License-Identifier: Apache-2.0
// Type by type: from the text of a value to a member of Config, and back to a text that may be shown.
// The type comes from the member that the row of the table points to, the syntax from the row's kind.
#include "config/assign.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/characters.h"
#include "base/text.h"
#include "config/keys.h"
#include "config/values.h"

namespace sandgate {

namespace {

constexpr std::size_t kShownBytes = 80;

// Overloads for std::visit.
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::string Quoted(std::string_view text) {
  std::string quoted;
  AppendJsonString(quoted, text.substr(0, kShownBytes));
  if (text.size() > kShownBytes) quoted += "...";
  return quoted;
}

// URLs with a user: "http://user:***@host:3128". Everything up to the last @ counts as the user's part, as
// a password with an unescaped slash must not show either.
std::string WithoutPassword(const std::string& url) {
  const std::size_t at = url.rfind('@');
  if (at == std::string::npos) return url;
  const std::size_t scheme = url.find("://");
  const std::size_t user = scheme < at ? scheme + 3 : 0;
  const std::size_t colon = url.find(':', user);
  const std::size_t secret = colon < at ? colon + 1 : user;
  return url.substr(0, secret) + "***" + url.substr(at);
}

// A bad value for an error message. What follows the last colon may be a password whose host is missing.
std::string BadProxy(const std::string& url) {
  const std::size_t colon = url.rfind(':');
  const bool may_be_secret = url.find('@') == std::string::npos && colon != std::string::npos &&
                             colon + 1 < url.size() && !ParseWhole(url.substr(colon + 1)) &&
                             url.compare(colon, 3, "://") != 0;
  return may_be_secret ? url.substr(0, colon + 1) + "***" : WithoutPassword(url);
}

BadValue Bad(const Option& option, const RawValue& value) {
  switch (value.shape) {
    case RawValue::Shape::kList:
      return {"a list", value.line, {}};
    case RawValue::Shape::kMapping:
      return {"a mapping", value.line, {}};
    case RawValue::Shape::kNothing:
      return {"an empty item", value.line, {}};
    case RawValue::Shape::kText:
      break;
  }
  if (value.empty()) return {"an empty value", value.line, {}};
  if (IsSecret(option) || option.kind == Kind::kUrl) return {"the value", value.line, {}};
  if (option.kind == Kind::kProxy) return {Quoted(BadProxy(std::string(Trim(value.text)))), value.line, {}};
  return {Quoted(value.text), value.line, {}};
}

std::optional<std::int64_t> ParseNumber(const Option& option, std::string_view text) {
  const auto number = option.kind == Kind::kSize ? ParseSize(text) : ParseWhole(text);
  if (!number || *number < option.min || *number > option.max) return std::nullopt;
  return number;
}

bool IsChoice(const Option& option, std::string_view text) {
  const auto choices = SplitList(option.choices, ',');
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

// A secret is taken byte by byte, without trimming: a key that no HTTP header can carry is refused, not
// mended.
std::optional<std::string> ParseSecret(std::string_view text) {
  if (text.empty() || Trim(text) != text || HasControl(text)) return std::nullopt;
  return std::string(text);
}

// As boost::asio::ip::make_address() takes it: version 6 may have a zone.
bool IsAddress(const std::string& text) {
  in6_addr parsed{};
  return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &parsed) == 1;
}

std::optional<std::string> ParseText(const Option& option, std::string_view raw) {
  if (IsSecret(option)) return ParseSecret(raw);
  const std::string_view text = Trim(raw);
  if (HasControl(text)) return std::nullopt;
  if (option.kind == Kind::kProxy && !text.empty() && !LooksLikeProxy(text)) return std::nullopt;
  if (option.kind == Kind::kUrl && !text.empty() && !LooksLikeIndex(text)) return std::nullopt;
  if (option.kind == Kind::kDuration && !ParseGoDuration(text)) return std::nullopt;
  if (option.kind == Kind::kAddress && !IsAddress(std::string(text))) return std::nullopt;
  if (option.kind == Kind::kChoice && !IsChoice(option, text)) return std::nullopt;
  return std::string(text);
}

// However it is written, / itself is none: it is everything, not a file or folder that runs need.
bool IsPathBelowRoot(std::string_view text) {
  const std::filesystem::path path = std::filesystem::path(text).lexically_normal();
  return path.is_absolute() && !path.relative_path().empty();
}

bool IsGoodItem(const Option& option, std::string_view item) {
  if (item.empty() || HasControl(item)) return false;
  if (option.kind == Kind::kSyscalls) return LooksLikeSyscall(item);
  if (option.kind == Kind::kPaths) return IsPathBelowRoot(item);
  if (option.kind == Kind::kChoices) return IsChoice(option, item);
  return true;
}

std::optional<BadValue> AssignList(const Option& option, const RawValue& value,
                                   std::vector<std::string>& target) {
  if (value.shape == RawValue::Shape::kMapping) return Bad(option, value);
  std::vector<std::string> list;
  for (const RawValue& item : ItemsOf(value)) {
    const std::string_view text = Trim(item.text);
    if (item.shape != RawValue::Shape::kText || !IsGoodItem(option, text)) return Bad(option, item);
    list.emplace_back(text);
  }
  target = std::move(list);
  return std::nullopt;
}

// `parsed` into `target`, or what is wrong with `value`.
template <class Parsed, class Target>
std::optional<BadValue> Store(const std::optional<Parsed>& parsed, Target& target, const BadValue& bad) {
  if (!parsed) return bad;
  target = static_cast<Target>(*parsed);
  return std::nullopt;
}

std::string NumberText(const Option& option, std::int64_t number) {
  return option.kind == Kind::kSize ? SizeText(number) : std::to_string(number);
}

template <class Named>
std::string Names(const std::vector<Named>& all) {
  std::string names;
  for (const Named& one : all) names += (names.empty() ? "" : ", ") + one.name;
  return names;
}

std::string StringText(const Option& option, const std::string& text) {
  if (IsSecret(option) && !text.empty()) {
    return fmt::format("set ({} characters)", CountCharacters(text));
  }
  return option.kind == Kind::kUrl || option.kind == Kind::kProxy ? WithoutPassword(text) : text;
}

}  // namespace

bool RawValue::empty() const {
  return shape == Shape::kNothing || (shape == Shape::kText && Trim(text).empty());
}

std::vector<RawValue> ItemsOf(const RawValue& value) {
  if (value.shape != RawValue::Shape::kText) return value.items;
  std::vector<RawValue> items;
  for (const std::string& part : SplitList(value.text, ',')) {
    items.push_back(RawValue::Text(part));
    items.back().line = value.line;
  }
  return items;
}

std::optional<BadValue> Assign(const Option& option, const RawValue& value, Origin origin, Config& config) {
  const BadValue bad = Bad(option, value);
  const bool is_plain = !std::holds_alternative<std::vector<std::string> Config::*>(option.member) &&
                        !std::holds_alternative<std::vector<ApiKey> Config::*>(option.member) &&
                        !std::holds_alternative<std::vector<NamedEnvironment> Config::*>(option.member);
  if (is_plain && value.shape != RawValue::Shape::kText) return bad;
  const std::string_view text = Trim(value.text);
  return std::visit(
      Overloaded{
          [&](bool Config::*member) {
            return Store(origin == Origin::kFile ? ParseYamlBool(text) : ParseGoBool(text), config.*member,
                         bad);
          },
          [&](std::string Config::*member) {
            return Store(ParseText(option, value.text), config.*member, bad);
          },
          [&](std::vector<std::string> Config::*member) { return AssignList(option, value, config.*member); },
          [&](std::vector<ApiKey> Config::*member) { return AssignKeys(value, config.*member); },
          // One with anything in it comes setting by setting (AssignEnvironment).
          [&](std::vector<NamedEnvironment> Config::*) { return std::optional(bad); },
          [&](auto Config::*number) { return Store(ParseNumber(option, text), config.*number, bad); },
      },
      option.member);
}

std::string ValueText(const Option& option, const Config& config) {
  return std::visit(Overloaded{
                        [&](bool Config::*member) { return std::string(config.*member ? "true" : "false"); },
                        [&](std::string Config::*member) { return StringText(option, config.*member); },
                        [&](std::vector<std::string> Config::*member) {
                          return fmt::format("{}", fmt::join(config.*member, ", "));
                        },
                        [&](std::vector<ApiKey> Config::*member) { return Names(config.*member); },
                        [&](std::vector<NamedEnvironment> Config::*member) { return Names(config.*member); },
                        [&](auto Config::*number) { return NumberText(option, config.*number); },
                    },
                    option.member);
}

}  // namespace sandgate

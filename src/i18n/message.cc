// SPDX-License-Identifier: Apache-2.0
#include "i18n/message.h"

#include <embedded/messages.h>
#include <yaml-cpp/yaml.h>

#include <charconv>

#include "base/text.h"
#include "i18n/catalogue.h"

namespace sandgate {

namespace {

struct Preference {
  std::string tag;
  double weight = 1;
};

// 0 for what is no number from 0 to 1. "nan" would be neither more nor less than any other weight.
double ParseWeight(std::string_view text) {
  double weight = 0;
  const bool read = std::from_chars(text.data(), text.data() + text.size(), weight).ec == std::errc();
  return read && weight >= 0 && weight <= 1 ? weight : 0;
}

// "zh-CN;q=0.8" -> zh-cn, 0.8. A weight that is none counts as 0.
Preference ParsePreference(const std::string& item) {
  const std::vector<std::string> parts = SplitList(item, ';');
  Preference preference;
  if (parts.empty()) return {"", 0};
  preference.tag = ToLower(parts[0]);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!parts[i].starts_with("q=")) continue;
    preference.weight = ParseWeight(std::string_view(parts[i]).substr(2));
  }
  return preference;
}

bool IsOf(std::string_view tag, std::string_view language) {
  return tag == language || (tag.starts_with(language) && tag[language.size()] == '-');
}

}  // namespace

const Catalogue& ChineseTexts() {
  static const Catalogue kTexts = [] {
    Catalogue texts;
    for (const std::string_view file :
         {embedded::kZhYaml, embedded::kZhPoliciesYaml, embedded::kZhSyscallsYaml}) {
      texts.merge(YAML::Load(std::string(file)).as<Catalogue>());
    }
    return texts;
  }();
  return kTexts;
}

std::string_view LocaleName(Locale locale) { return locale == Locale::kChinese ? "zh" : "en"; }

Locale LocaleOf(std::string_view name) { return name == "zh" ? Locale::kChinese : Locale::kEnglish; }

Locale AcceptedLocale(std::string_view header, Locale fallback) {
  constexpr std::size_t kMaxHeader = 1024;
  Locale best = fallback;
  double weight = 0;
  for (const std::string& item : SplitList(header.substr(0, kMaxHeader), ',')) {
    const Preference preference = ParsePreference(item);
    if (preference.weight <= weight) continue;
    for (const Locale locale : {Locale::kEnglish, Locale::kChinese}) {
      if (!IsOf(preference.tag, LocaleName(locale))) continue;
      best = locale;
      weight = preference.weight;
    }
  }
  return best;
}

std::string_view Translate(Locale locale, std::string_view english) {
  if (locale == Locale::kEnglish) return english;
  const auto found = ChineseTexts().find(english);
  return found == ChineseTexts().end() ? english : std::string_view(found->second);
}

}  // namespace sandgate

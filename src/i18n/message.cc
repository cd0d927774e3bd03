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

// "zh-CN;q=0.8" -> zh-cn, 0.8. A weight that is none counts as 0.
Preference ParsePreference(const std::string& item) {
  const std::vector<std::string> parts = SplitList(item, ';');
  Preference preference;
  if (parts.empty()) return {"", 0};
  preference.tag = ToLower(parts[0]);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!parts[i].starts_with("q=")) continue;
    const char* begin = parts[i].data() + 2;
    if (std::from_chars(begin, parts[i].data() + parts[i].size(), preference.weight).ec != std::errc()) {
      preference.weight = 0;
    }
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

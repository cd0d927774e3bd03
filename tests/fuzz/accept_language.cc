// SPDX-License-Identifier: Apache-2.0
// Any bytes as an Accept-Language header: the answer is the fallback or a language that the header names.
#include "base/text.h"
#include "check.h"
#include "i18n/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sandgate;
  const std::string_view header = fuzz::Text(data, size);
  for (const Locale fallback : {Locale::kEnglish, Locale::kChinese}) {
    const Locale chosen = AcceptedLocale(header, fallback);
    const bool named = ToLower(header).find(LocaleName(chosen)) != std::string::npos;
    fuzz::Check(chosen == fallback || named, "a language that nobody named is not chosen");
  }
  return 0;
}

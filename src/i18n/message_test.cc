// SPDX-License-Identifier: Apache-2.0
#include "i18n/message.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

TEST(Message, EnglishIsTheTextItself) {
  EXPECT_EQ(Message(Locale::kEnglish, "the limit is {} s", 5), "the limit is 5 s");
}

TEST(Message, ATextWithoutATranslationIsShownInEnglish) {
  EXPECT_EQ(Translate(Locale::kChinese, "nobody has translated this"), "nobody has translated this");
}

TEST(AcceptedLocale, TakesTheHeaviestLanguageThatThereIs) {
  EXPECT_EQ(AcceptedLocale("zh-CN,zh;q=0.9,en;q=0.8", Locale::kEnglish), Locale::kChinese);
  EXPECT_EQ(AcceptedLocale("en;q=0.5, zh;q=0.7", Locale::kEnglish), Locale::kChinese);
  EXPECT_EQ(AcceptedLocale("fr, en;q=0.5", Locale::kChinese), Locale::kEnglish);
}

TEST(AcceptedLocale, KeepsTheFallbackWhereNothingFits) {
  EXPECT_EQ(AcceptedLocale("", Locale::kChinese), Locale::kChinese);
  EXPECT_EQ(AcceptedLocale("fr, zhx, *", Locale::kEnglish), Locale::kEnglish);
  EXPECT_EQ(AcceptedLocale("zh;q=0, en;q=nonsense", Locale::kChinese), Locale::kChinese);
}

TEST(AcceptedLocale, AWeightThatIsNoneFrom0To1CountsAs0) {
  EXPECT_EQ(AcceptedLocale("zh;q=nan, en;q=0.5", Locale::kChinese), Locale::kEnglish);
  EXPECT_EQ(AcceptedLocale("zh;q=inf, en;q=0.5", Locale::kChinese), Locale::kEnglish);
  EXPECT_EQ(AcceptedLocale("zh;q=-1", Locale::kEnglish), Locale::kEnglish);
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "i18n/filled.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

TEST(TranslateFilled, EnglishStaysAsItIs) {
  EXPECT_EQ(TranslateFilled(Locale::kEnglish, "the kernel has ABI 7"), "the kernel has ABI 7");
}

TEST(TranslateFilled, FindsAWholeText) {
  EXPECT_EQ(TranslateFilled(Locale::kChinese, "true or false"), "true 或 false");
}

TEST(TranslateFilled, FindsATextByWhatStandsAroundItsGaps) {
  EXPECT_EQ(TranslateFilled(Locale::kChinese, "a whole number from 1 to 1024"), "1 到 1024 之间的整数");
  EXPECT_EQ(TranslateFilled(Locale::kChinese, "the kernel has ABI 7"), "内核的 ABI 版本为 7");
}

TEST(TranslateFilled, KeepsWhatFitsNothing) {
  EXPECT_EQ(TranslateFilled(Locale::kChinese, "nobody has translated this"), "nobody has translated this");
  EXPECT_EQ(TranslateFilled(Locale::kChinese, "\"x: {}\""), "\"x: {}\"");
}

}  // namespace
}  // namespace sandgate

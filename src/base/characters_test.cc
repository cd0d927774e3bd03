// SPDX-License-Identifier: Apache-2.0
#include "base/characters.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

TEST(Control, C0DelAndC1AreFound) {
  EXPECT_EQ(ControlLength("\x1b[2J"), 1u);
  EXPECT_EQ(ControlLength("\x7f"), 1u);
  EXPECT_EQ(ControlLength("\xc2\x9b"), 2u);
  for (const std::string_view fine : {"", "a", "\xc2", "\xc2\xa0", "é", "测"})
    EXPECT_EQ(ControlLength(fine), 0u) << fine;
  EXPECT_TRUE(HasControl("/srv/\xc2\x9b"));
  EXPECT_FALSE(HasControl("/srv/é"));
}

TEST(Utf8, OnlyWhatEveryReaderTakesForTheSameCharacterHasALength) {
  EXPECT_EQ(Utf8Length("a"), 1u);
  EXPECT_EQ(Utf8Length("é"), 2u);
  EXPECT_EQ(Utf8Length("测"), 3u);
  EXPECT_EQ(Utf8Length("\xf4\x8f\xbf\xbf"), 4u);
  for (const std::string_view bad :
       {"", "\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xc3", "\xe6\xb5", "\xe6\xb5z"})
    EXPECT_EQ(Utf8Length(bad), 0u) << bad;
}

TEST(Utf8, CharactersAreCountedNotBytes) {
  EXPECT_EQ(CountCharacters(""), 0u);
  EXPECT_EQ(CountCharacters("aé测😀"), 4u);
}

TEST(Printable, NothingSteersATerminalOrReordersALine) {
  EXPECT_EQ(Printable("\x1b[31m\xc2\x9b"
                      "1mé测",
                      Lines::kOne),
            "?[31m?1mé测");
  EXPECT_EQ(Printable("a\u202eb\u200bc\ufeff", Lines::kOne), "a?b?c?");
  EXPECT_EQ(Printable("a\u00adb\u3164c\ufe0fd\U000e0100", Lines::kOne), "a?b?c?d?");
  EXPECT_EQ(Printable("a\u00a0\u3000😀", Lines::kOne), "a\u00a0\u3000😀");
  EXPECT_EQ(Printable("\xff\xe6\xb5", Lines::kOne), "???");
  EXPECT_EQ(Printable("one\n\ttwo\r", Lines::kOne), "one?\ttwo?");
  EXPECT_EQ(Printable("one\n\ttwo\r", Lines::kMany), "one\n\ttwo?");
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

std::string Json(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

TEST(AppendJsonString, EscapesWhatTheClientsExpect) {
  EXPECT_EQ(Json("a\"\\\n\t\r"), R"("a\"\\\n\t\r")");
  EXPECT_EQ(Json("<b>&"), R"("\u003cb\u003e\u0026")");
  EXPECT_EQ(Json(std::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
}

TEST(AppendJsonString, KeepsUtf8AndReplacesEachBadByte) {
  EXPECT_EQ(Json("测试🙂"), "\"测试🙂\"");
  EXPECT_EQ(Json("a\xff\xfe"
                 "b"),
            R"("a\ufffd\ufffdb")");
  EXPECT_EQ(Json("\xe6\xb5"), R"("\ufffd\ufffd")");            // cut in the middle
  EXPECT_EQ(Json("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // a surrogate is not UTF-8
  EXPECT_EQ(Json("\xc0\xaf"), R"("\ufffd\ufffd")");            // overlong
  EXPECT_EQ(Json("\u2028\u2029"), R"("\u2028\u2029")");
}

TEST(AppendJsonString, EscapesTextOfAnyLength) {
  for (const std::string_view c : {"\xff", "\x01", "\n", "测"}) {
    std::string text;
    std::string expected;
    for (int i = 0; i < 10'000; ++i) {
      text += c;
      expected += Json(c).substr(1, Json(c).size() - 2);
    }
    EXPECT_EQ(Json(text), "\"" + expected + "\"");
  }
}

TEST(ConstantTimeEqual, ComparesLikeEquality) {
  EXPECT_TRUE(ConstantTimeEqual("secret", "secret"));
  EXPECT_FALSE(ConstantTimeEqual("", "secret"));
  EXPECT_FALSE(ConstantTimeEqual("secretsecret", "secret"));
  EXPECT_FALSE(ConstantTimeEqual("secreT", "secret"));
}

TEST(SplitList, TrimsAndDropsEmptyParts) {
  EXPECT_EQ(SplitList(" a, b ,,c ", ','), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(SplitList(" ", ',').empty());
}

TEST(RandomHex, HasTheLengthAskedForAndDiffers) {
  EXPECT_EQ(RandomHex(16).size(), 32u);
  EXPECT_NE(RandomHex(16), RandomHex(16));
}

}  // namespace
}  // namespace sandgate

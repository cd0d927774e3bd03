// SPDX-License-Identifier: Apache-2.0
// The scanner's messages and the values that the decoder gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/json_scan.h"
#include "api/json_value.h"

namespace sandgate::api {
namespace {

using namespace std::string_literals;

TEST(ScanJsonTest, ErrorsAreInTheKnownWords) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "EOF"},
      {" \n\t", "EOF"},
      {"{", "unexpected EOF"},
      {"{\"a\":", "unexpected EOF"},
      {"\"abc", "unexpected EOF"},
      {"tru", "unexpected EOF"},
      {"-", "unexpected EOF"},
      {"[1,", "unexpected EOF"},
      {"\"\\u12", "unexpected EOF"},
      {"blah", "invalid character 'b' looking for beginning of value"},
      {"{blah}", "invalid character 'b' looking for beginning of object key string"},
      {"{'a':1}", "invalid character '\\'' looking for beginning of object key string"},
      {"{\"a\" 1}", "invalid character '1' after object key"},
      {"{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"},
      {"{\"a\":1,}", "invalid character '}' looking for beginning of object key string"},
      {"[1,]", "invalid character ']' looking for beginning of value"},
      {"[01]", "invalid character '1' after array element"},
      {"[1 2]", "invalid character '2' after array element"},
      {"trux", "invalid character 'x' in literal true (expecting 'e')"},
      {"nil", "invalid character 'i' in literal null (expecting 'u')"},
      {"-x", "invalid character 'x' in numeric literal"},
      {"1.x", "invalid character 'x' after decimal point in numeric literal"},
      {"1ex", "invalid character 'x' in exponent of numeric literal"},
      {"\"a\nb\"", "invalid character '\\n' in string literal"},
      {"\"\\q\"", "invalid character 'q' in string escape code"},
      {"\"\\u00x0\"", "invalid character 'x' in \\u hexadecimal character escape"},
      {"\xef\xbb\xbf{}", "invalid character '\u00ef' looking for beginning of value"},
      {"\0"s, "invalid character '\\x00' looking for beginning of value"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(error, ScanJson(text).error) << text;
}

TEST(ScanJsonTest, FindsTheFirstValueAndIgnoresTheRest) {
  const std::pair<std::string, std::string> cases[] = {
      {" {\"a\": [1, {}]} junk", "{\"a\": [1, {}]}"},
      {"12.5e-3,", "12.5e-3"},
      {"-0", "-0"},
      {"\"a\\\"b\"c", "\"a\\\"b\""},
      {"nullx", "null"},
      {"[] []", "[]"},
  };
  for (const auto& [text, value] : cases) {
    const JsonExtent extent = ScanJson(text);
    EXPECT_EQ("", extent.error) << text;
    EXPECT_EQ(value, text.substr(extent.begin, extent.end - extent.begin));
  }
}

TEST(ScanJsonTest, DepthIsLimitedAndCostsNoStack) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ("", ScanJson(nested(kMaxJsonDepth)).error);
  EXPECT_EQ("invalid character '[' exceeded max depth", ScanJson(nested(kMaxJsonDepth + 1)).error);
  EXPECT_EQ("invalid character '[' exceeded max depth", ScanJson(std::string(5'000'000, '[')).error);
}

TEST(DecodeJsonStringTest, EscapesAndPairs) {
  EXPECT_EQ("a\"\\/\b\f\n\r\tz", DecodeJsonString("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\""));
  EXPECT_EQ("A\u00e9\u20ac\U0001f600", DecodeJsonString("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\""));
  EXPECT_EQ("\U0001f600", DecodeJsonString("\"\U0001f600\""));
  EXPECT_EQ("a\0b"s, DecodeJsonString("\"a\\u0000b\""));
}

TEST(DecodeJsonStringTest, WhatIsNotTextBecomesTheReplacementCharacter) {
  EXPECT_EQ("\ufffdx", DecodeJsonString("\"\\ud800x\""));
  EXPECT_EQ("\ufffd", DecodeJsonString("\"\\udc00\""));
  EXPECT_EQ("\ufffd\U0001f600", DecodeJsonString("\"\\ud83d\\ud83d\\ude00\""));
  EXPECT_EQ("\ufffd\ufffda", DecodeJsonString("\"\xff\xc3"
                                              "a\""));
  EXPECT_EQ("\ufffd\ufffd\ufffd", DecodeJsonString("\"\xed\xa0\x80\"")) << "a surrogate in UTF-8";
  EXPECT_EQ("\ufffd\ufffd", DecodeJsonString("\"\xc0\xaf\"")) << "overlong";
  EXPECT_EQ("\ufffd\ufffd\ufffd\ufffd", DecodeJsonString("\"\xf4\x90\x80\x80\"")) << "above U+10FFFF";
}

TEST(ForEachMemberTest, GivesKeysAndTextsInOrder) {
  std::string seen;
  ForEachMember(
      R"({ "a" : "}," , "\u0062":[1,{"c":"]"}], "d":{} ,"e":-1e5 , "f":null})",
      [&](const std::string& key, std::string_view value) { seen += key + "=" + std::string(value) + ";"; });
  EXPECT_EQ(R"(a="},";b=[1,{"c":"]"}];d={};e=-1e5;f=null;)", seen);
}

TEST(ForEachMemberTest, EmptyObjectHasNone) {
  ForEachMember("{ }", [](auto&, auto) { FAIL(); });
}

}  // namespace
}  // namespace sandgate::api

// SPDX-License-Identifier: Apache-2.0
// From bytes to fields, and the messages for what does not fit.
#include "api/bind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/form.h"

namespace sandgate::api {
namespace {

using namespace std::string_literals;

constexpr char kLanguageMissing[] =
    "Key: 'Language' Error:Field validation for 'Language' failed on the 'required' tag";
constexpr char kCodeMissing[] = "Key: 'Code' Error:Field validation for 'Code' failed on the 'required' tag";

http::Request Post(const std::string& content_type, std::string body, std::string target = "/run") {
  http::Request request{.method = "POST", .target = std::move(target), .body = std::move(body)};
  if (!content_type.empty()) request.headers.emplace_back("Content-Type", content_type);
  return request;
}

Binding BindJsonText(std::string body) { return BindRun(Post("application/json", std::move(body))); }

TEST(BindJsonTest, ReadsAllFields) {
  const Binding binding = BindJsonText(
      R"({"language": "python3", "code": "x = 1", "preload": "import x", "enable_network": true})");
  EXPECT_EQ("", binding.error);
  EXPECT_TRUE(binding.exact_json);
  EXPECT_EQ("python3", binding.fields.language);
  EXPECT_EQ("x = 1", binding.fields.code);
  EXPECT_EQ("import x", binding.fields.preload);
  EXPECT_TRUE(binding.fields.enable_network);
}

TEST(BindJsonTest, IsLenientWhereTheFirstImplementationWas) {
  const Binding binding = BindJsonText(
      R"({"LANGUAGE":"nodejs","Code":"x","preload":null,"Enable_Network":null,"dependencies":[]} junk)");
  EXPECT_EQ("", binding.error);
  EXPECT_EQ("nodejs", binding.fields.language);
  EXPECT_EQ("x", binding.fields.code);
  EXPECT_FALSE(binding.fields.enable_network);
}

TEST(BindJsonTest, LastOfTwoEqualKeysWinsAndNullKeeps) {
  EXPECT_EQ("b", BindJsonText(R"({"language":"python3","code":"a","code":"b","code":null})").fields.code);
}

TEST(BindJsonTest, NulAndReplacedBytesReachTheCode) {
  EXPECT_EQ("a\0b\ufffd"s, BindJsonText("{\"language\":\"python3\",\"code\":\"a\\u0000b\xff\"}").fields.code);
}

TEST(BindJsonTest, Errors) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "EOF"},
      {"{\"language\":", "unexpected EOF"},
      {"{bad", "invalid character 'b' looking for beginning of object key string"},
      {R"({"language":"python3","code":1})",
       "json: cannot unmarshal number into Go struct field .code of type string"},
      {R"({"LANGUAGE":[],"code":1})",
       "json: cannot unmarshal array into Go struct field .language of type string"},
      {R"({"language":"python3","code":"x","enable_network":"true"})",
       "json: cannot unmarshal string into Go struct field .enable_network of type bool"},
      {"[]", "json: cannot unmarshal array into Go value of type struct"},
      {"null", kLanguageMissing + "\n"s + kCodeMissing},
      {R"({"code":"x"})", kLanguageMissing},
      {R"({"language":"python3","code":""})", kCodeMissing},
  };
  for (const auto& [body, error] : cases) EXPECT_EQ(error, BindJsonText(body).error) << body;
}

TEST(BindTest, OnlyTheExactContentTypeIsExact) {
  const std::string body = R"({"language":"python3","code":"x"})";
  EXPECT_TRUE(BindRun(Post("application/json", body)).exact_json);
  const Binding charset = BindRun(Post("application/json; charset=utf-8", body));
  EXPECT_FALSE(charset.exact_json);
  EXPECT_EQ("x", charset.fields.code);
}

TEST(BindTest, OtherContentTypesHaveNoFields) {
  const std::string both = kLanguageMissing + "\n"s + kCodeMissing;
  EXPECT_EQ(both, BindRun(Post("text/plain", R"({"language":"python3","code":"x"})")).error);
  EXPECT_EQ(both, BindRun(Post("", "language=python3&code=x")).error);
}

TEST(BindTest, UrlEncodedForm) {
  const Binding binding =
      BindRun(Post("application/x-www-form-urlencoded",
                   "language=python3&code=print%281%29+%2B&enable_network=T&x=%41&code=no"));
  EXPECT_EQ("", binding.error);
  EXPECT_EQ("print(1) +", binding.fields.code);
  EXPECT_TRUE(binding.fields.enable_network);
}

TEST(BindTest, FlagsOfFormsAreParsedStrictly) {
  const auto error = [](const std::string& flag) {
    return BindRun(Post("application/x-www-form-urlencoded", "language=a&code=b&enable_network=" + flag))
        .error;
  };
  EXPECT_EQ("strconv.ParseBool: parsing \"yes\": invalid syntax", error("yes"));
  for (const char* good : {"1", "true", "TRUE", "f", "False", ""}) EXPECT_EQ("", error(good)) << good;
}

TEST(BindTest, QueryCountsAfterTheForm) {
  const Binding binding =
      BindRun(Post("application/x-www-form-urlencoded", "code=body", "/run?language=nodejs&code=query"));
  EXPECT_EQ("nodejs", binding.fields.language);
  EXPECT_EQ("body", binding.fields.code);
}

TEST(BindTest, BrokenEscapesAreTold) {
  EXPECT_EQ("invalid URL escape \"%zz\"", BindRun(Post("", "", "/run?language=%zz")).error);
  EXPECT_EQ("invalid URL escape \"%4\"", BindRun(Post("", "", "/run?language=a%4")).error);
  EXPECT_EQ("invalid semicolon separator in query", BindRun(Post("", "", "/run?a=1;b=2")).error);
}

TEST(BindTest, MultipartForm) {
  const std::string body =
      "preamble\r\n--B o\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\npython3\r\n"
      "--B o\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; filename=\"a;name=b\"; "
      "name=code\r\n\r\n"
      "line 1\r\n--B\r\n\r\n--B o--\r\nepilogue";
  const Binding binding = BindRun(Post("multipart/form-data; boundary=\"B o\"", body));
  EXPECT_EQ("", binding.error);
  EXPECT_EQ("python3", binding.fields.language);
  EXPECT_EQ("line 1\r\n--B\r\n", binding.fields.code);
}

TEST(BindTest, BrokenMultipartIsTold) {
  EXPECT_EQ("no multipart boundary param in Content-Type", BindRun(Post("multipart/form-data", "x")).error);
  EXPECT_EQ("multipart: NextPart: EOF", BindRun(Post("multipart/form-data; boundary=B", "x")).error);
  EXPECT_EQ("multipart: NextPart: EOF", BindRun(Post("multipart/form-data; boundary=B", "--B")).error);
  EXPECT_EQ("unexpected EOF", BindRun(Post("multipart/form-data; boundary=B", "--B\r\nA: b\r\n\r\nx")).error);
}

TEST(BindTest, FormsOfManyFieldsAreRefused) {
  const std::string fields = "language=python3&code=x";
  std::string pairs;
  for (int i = 0; i < 62; ++i) pairs += "&a=b";
  const std::string form = "application/x-www-form-urlencoded";
  EXPECT_EQ("", BindRun(Post(form, fields + pairs)).error);
  EXPECT_EQ("form: more than 64 fields", BindRun(Post(form, fields + pairs + "&a=b")).error);
  EXPECT_EQ("form: more than 64 fields", BindRun(Post(form, fields + pairs, "/run?a=b")).error);
  EXPECT_EQ("form: more than 64 fields", BindRun(Post(form, fields + std::string(64, '&'))).error);
  std::string parts = "--B";
  for (int i = 0; i < 65; ++i) parts += "\r\n\r\nx\r\n--B";
  EXPECT_EQ("form: more than 64 fields",
            BindRun(Post("multipart/form-data; boundary=B", parts + "--")).error);
}

TEST(BindTest, ParametersOfAPartAreEachReadOnce) {
  const std::string many(1u << 20, ';');  // without a value: nothing is searched for behind them
  const std::string body = "--B\r\nContent-Disposition: form-data" + many + " name=code\r\n\r\nx\r\n--B--";
  EXPECT_EQ("x", BindRun(Post("multipart/form-data; boundary=B", body)).fields.code);
}

TEST(BindEnvironmentTest, FromQueryJsonOrNothing) {
  http::Request get{.method = "GET", .target = "/v1/sandbox/dependencies?language=nodejs"};
  EXPECT_EQ("nodejs", BindEnvironment(get).fields.language);
  get.target += "&environment=data";
  EXPECT_EQ("data", BindEnvironment(get).fields.environment);
  get.headers.emplace_back("Content-Type", "application/json");
  get.body = R"({"language":"python3"})";
  EXPECT_EQ("python3", BindEnvironment(get).fields.language);
  EXPECT_EQ("", BindEnvironment(http::Request{.method = "GET", .target = "/"}).error);
}

}  // namespace
}  // namespace sandgate::api

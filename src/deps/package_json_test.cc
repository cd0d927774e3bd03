// SPDX-License-Identifier: Apache-2.0
#include "deps/package_json.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace sandgate {
namespace {

class PackageJson : public ::testing::Test {
 protected:
  ~PackageJson() override { std::filesystem::remove_all(folder_); }

  Requirements Read(const std::string& text) {
    std::ofstream(file_) << text;
    std::string lock_file;
    return ReadPackageJson(file_, lock_file);
  }
  // What is wrong with `text`, without the name of the file.
  std::string Wrong(const std::string& text) {
    try {
      Read(text);
    } catch (const Error& error) {
      const std::string what = error.what();
      EXPECT_TRUE(what.starts_with(file_)) << what;
      return what.substr(file_.size());
    }
    return "";
  }

 private:
  std::string folder_ = MakeFolder();
  std::string file_ = folder_ + "/package.json";

  static std::string MakeFolder() {
    std::string name = "/tmp/sandgate-test-XXXXXX";
    return ::mkdtemp(name.data()) == nullptr ? "" : name;
  }
};

TEST_F(PackageJson, NamesPackages) {
  const Requirements read =
      Read("\xef\xbb\xbf{\"dependencies\": {\"a\": \"1\"},\n \"optionalDependencies\": {\"b\": \"*\"}}\n");
  ASSERT_EQ(read.lines.size(), 2u);
  EXPECT_EQ(read.lines[0].text, "\"a\": \"1\"");
  EXPECT_EQ(read.lines[1].text, "\"b\": \"*\"");
  EXPECT_TRUE(Read("{}").lines.empty());
}

TEST_F(PackageJson, TellsWhereItIsBroken) {
  EXPECT_EQ(Wrong("{\n \"dependencies\": {\n  \"a\": \"1\",\n }\n}"),
            ", line 4, column 2: this is not JSON: before the bracket is a comma too many, or no value");
  EXPECT_EQ(Wrong("{\"ä\": 1 \"b\": 2}"),
            ", line 1, column 9: this is not JSON: before the quote a comma or colon is missing");
  EXPECT_EQ(Wrong("{'a': 1}"),
            ", line 1, column 2: this is not JSON: names and texts stand in double quotes");
  EXPECT_EQ(Wrong("// c\n{}"), ", line 1, column 1: this is not JSON: it has no comments");
  EXPECT_EQ(Wrong("{\"a\": \"1\n\"}"), ", line 1, column 9: this is not JSON: a text has no end in its line");
  EXPECT_EQ(Wrong("{\"a\": tru}"), ", line 1, column 7: this is not JSON: what stands here is not expected");
  EXPECT_EQ(Wrong("{\"a\": 1}\n}"),
            ", line 2, column 1: this is not JSON: nothing may follow the last bracket");
  EXPECT_EQ(Wrong("{\"a\": {\n"), ", line 2, column 1: this is not JSON: the file ends too early");
  EXPECT_EQ(Wrong(""), ", line 1, column 1: this is not JSON: the file ends too early");
}

TEST_F(PackageJson, TellsWhatItIsNot) {
  EXPECT_EQ(Wrong("[1]"), ": a package.json is one object, in curly brackets");
  EXPECT_EQ(Wrong("{\"dependencies\": [\"a\"]}"),
            ": \"dependencies\" is no object, in curly brackets, of names and versions");
}

}  // namespace
}  // namespace sandgate

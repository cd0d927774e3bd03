// SPDX-License-Identifier: Apache-2.0
#include "deps/requirements.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/error.h"
#include "base/sys.h"
#include "deps/asked_for.h"

namespace sandgate {
namespace {

class RequirementsTest : public ::testing::Test {
 protected:
  RequirementsTest() {
    char name[] = "/tmp/sandgate-requirements-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~RequirementsTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    sys::WriteFile(folder_ + "/" + name, text);
    return folder_ + "/" + name;
  }

  std::string folder_;
};

TEST_F(RequirementsTest, HaveLinesWithoutCommentsAndTheFilesTheyName) {
  Write("more.txt", "six\n");
  Write("limits.txt", "idna<4\n");
  const std::string file = Write("a.txt",
                                 "# first\n\nRequests[socks] >= 2 # last\r\n-r more.txt\n-c limits.txt\n"
                                 "one==1 \\\n  --hash=sha256:ab\nurl#egg=x\n"
                                 "./wheels/my_own-1.0-py3-none-any.whl ; python_version > '3'\n");
  const Requirements all = ReadRequirements(file);
  ASSERT_EQ(all.files.size(), 3u);
  ASSERT_EQ(all.lines.size(), 6u);
  EXPECT_EQ(all.lines[0].text, "Requests[socks] >= 2");
  EXPECT_EQ(all.lines[0].number, 3);
  EXPECT_EQ(FindLine(all, "six")->file, folder_ + "/more.txt");
  EXPECT_EQ(FindLine(all, "one")->number, 6);
  EXPECT_EQ(FindLine(all, "REQUESTS"), &all.lines[0]);
  EXPECT_EQ(FindLine(all, "my-own")->number, 9);
  EXPECT_EQ(FindLine(all, "two"), nullptr);
  EXPECT_EQ(FindRequest(all, "six")->file, folder_ + "/more.txt");
  EXPECT_EQ(FindRequest(all, "idna"), nullptr) << "a constraint installs nothing";
}

TEST_F(RequirementsTest, DoNotGoOnBehindAComment) {
  const Requirements all = ReadRequirements(Write("a.txt", "# a comment \\\nsix\none \\\n# two\nthree\n"));
  ASSERT_EQ(all.lines.size(), 3u);
  EXPECT_EQ(all.lines[0].text, "six");
  EXPECT_EQ(all.lines[1].text, "one");
}

TEST_F(RequirementsTest, AreFoundByNameWhateverTheLineLooksLike) {
  const Requirements all = ReadRequirements(Write(
      "a.txt", "one\t>=2\n./two-1.whl[more]\nthree @ file:///d/other-1.whl\n--find-links=w/four-1.whl\n"));
  for (const char* name : {"one", "two", "three"}) EXPECT_NE(FindLine(all, name), nullptr) << name;
  for (const char* name : {"other", "four"}) EXPECT_EQ(FindLine(all, name), nullptr) << name;
}

TEST(PlaceOf, HasNoPassword) {
  const RequirementLine line{"/d/package.json", 0, "\"a\": \"https://user:pass@host/a.tgz\""};
  EXPECT_EQ(PlaceOf(&line), " (/d/package.json: \"a\": \"https://***@host/a.tgz\")");
}

TEST_F(RequirementsTest, HaveLinesThatCanBeToldWhatEverIsInThem) {
  using namespace std::string_literals;
  const std::string file = Write("a.txt", "six\0==1\n-r lost\0.txt\n"s);
  try {
    ReadRequirements(file);
    ADD_FAILURE() << "the other file is there";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("line 2: -r lost?.txt)"), std::string::npos) << error.what();
  }
  const Requirements all = ReadRequirements(Write("b.txt", "six\0 \xe2\x80\xae\n"s));
  EXPECT_EQ(PlaceOf(&all.lines.at(0)), " (" + folder_ + "/b.txt, line 1: six? ?)");
}

TEST_F(RequirementsTest, AreNoneWithoutAFileOrAskedFor) {
  EXPECT_TRUE(ReadRequirements("").lines.empty());
  EXPECT_TRUE(ReadRequirements(folder_ + "/none.txt").lines.empty());
  EXPECT_TRUE(ReadRequirements(Write("empty.txt", "# nothing\n\n")).lines.empty());
}

TEST_F(RequirementsTest, EndWhereFilesNameOneAnotherOrAreNone) {
  const std::string file = Write("loop.txt", "-r loop.txt\nsix\n");
  EXPECT_EQ(ReadRequirements(file).lines.size(), 1u);
  EXPECT_THROW(ReadRequirements(Write("lost.txt", "-r missing.txt\n")), Error);
  EXPECT_THROW(ReadRequirements(Write("folder.txt", "-r .\n")), Error);
}

TEST_F(RequirementsTest, HaveTheContentsOfAllFiles) {
  Write("more.txt", "six==1\n");
  const std::string file = Write("a.txt", "-r more.txt\n");
  const std::string before = ReadRequirements(file).contents;
  EXPECT_EQ(ReadRequirements(file).contents, before);
  Write("more.txt", "six==2\n");
  EXPECT_NE(ReadRequirements(file).contents, before);
}

TEST_F(RequirementsTest, AreReadAgainOnlyAfterAChange) {
  const std::string more = Write("more.txt", "six==1\n");
  const std::string file = Write("a.txt", "-r more.txt\n");
  int times = 0;
  const auto read = [&] {
    ++times;
    return ReadRequirements(file);
  };
  AskedFor asked;
  EXPECT_NE(FindRequest(asked.Now(file, read), "six"), nullptr);
  EXPECT_NE(FindRequest(asked.Now(file, read), "six"), nullptr);
  EXPECT_EQ(times, 1);
  Write("more.txt", "seven==10\n");
  EXPECT_EQ(FindRequest(asked.Now(file, read), "six"), nullptr);
  EXPECT_EQ(times, 2);
  std::filesystem::remove(more);
  EXPECT_TRUE(asked.Now(file, read).lines.empty()) << "it cannot be read";
  EXPECT_EQ(times, 3);
  asked.Now(file, read);
  EXPECT_EQ(times, 3);
}

TEST(Fingerprint, DependsOnEachPartAndWhereItEnds) {
  EXPECT_EQ(Fingerprint({"a", "b"}).size(), 32u);
  EXPECT_EQ(Fingerprint({"a", "b"}), Fingerprint({"a", "b"}));
  EXPECT_NE(Fingerprint({"a", "b"}), Fingerprint({"ab", ""}));
  EXPECT_NE(Fingerprint({"a", "b"}), Fingerprint({"b", "a"}));
}

}  // namespace
}  // namespace sandgate

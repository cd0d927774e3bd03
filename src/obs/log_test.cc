// SPDX-License-Identifier: Apache-2.0
// The shape of a log line, where lines go, and that no failure of the file reaches the caller.
#include "obs/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "base/text.h"

namespace sandgate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using Lines = std::vector<std::string>;

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("sandgate-log-" + RandomHex(8))) {
    std::filesystem::create_directory(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

Lines ReadLines(const std::string& path) {
  std::ifstream file(path);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// What `action` prints to stdout, line by line.
template <class Action>
Lines Printed(const Action& action) {
  testing::internal::CaptureStdout();
  action();
  return SplitList(testing::internal::GetCapturedStdout(), '\n');
}

TEST(FormatLogLine, IsOneJsonObject) {
  const Fields fields = {{"port", 8194},
                         {"size", std::uint64_t{18446744073709551615u}},
                         {"ms", 1.5},
                         {"ok", true},
                         {"trace_id", "a"}};
  EXPECT_EQ(FormatLogLine({1764000000, 7}, LogLevel::kInfo, "config init success", fields),
            R"({"time":"2025-11-24T16:00:00.007Z","level":"info","msg":"config init success",)"
            R"("port":8194,"size":18446744073709551615,"ms":1.5,"ok":true,"trace_id":"a"})");
}

TEST(FormatLogLine, EscapesWhateverBytesItGets) {
  const std::string line =
      FormatLogLine({}, LogLevel::kError, "a\n\"\xff", {{"na\"me", std::string("\0\xc0", 2)}});
  EXPECT_THAT(line, EndsWith(R"("level":"error","msg":"a\n\"\ufffd","na\"me":"\u0000\ufffd"})"));
}

TEST(FormatLogLine, HasNoNumberThatJsonDoesNotKnow) {
  const std::string line = FormatLogLine(
      {}, LogLevel::kWarn, "m",
      {{"a", std::numeric_limits<double>::infinity()}, {"b", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_THAT(line, EndsWith(R"("a":null,"b":null})"));
}

TEST(Logger, WritesTheSameLinesToStdoutAndToTheFile) {
  const Folder folder;
  const Lines printed = Printed([&] {
    Logger log({.path = folder / "a/b", .level = LogLevel::kDebug});
    log.Info("config init success", {{"port", 8194}, {"trace_id", "t"}});
    log.Debug("d {} %v");
    log.Warn("w");
    log.Error("e");
  });
  const Lines written = ReadLines(folder / "a/b/app.log");
  EXPECT_EQ(printed, written);
  const std::string time = R"(\{"time":"[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\.[0-9]+Z",)";
  EXPECT_THAT(
      written,
      ElementsAre(
          MatchesRegex(time + R"("level":"info","msg":"config init success","port":8194,"trace_id":"t"\})"),
          MatchesRegex(time + R"("level":"debug","msg":"d \{\} %v"\})"),
          MatchesRegex(time + R"("level":"warn","msg":"w"\})"),
          MatchesRegex(time + R"("level":"error","msg":"e"\})")));
}

TEST(Logger, LinesAreInTheFileAtOnce) {
  const Folder folder;
  Printed([&] {
    Logger log({.path = folder / "x.log"});
    log.Info("now");
    EXPECT_THAT(ReadLines(folder / "x.log"), ElementsAre(HasSubstr("now")));
  });
}

TEST(Logger, LeavesOutLinesBelowItsLevel) {
  const Lines printed = Printed([] {
    Logger log({.path = ""});
    EXPECT_FALSE(log.IsOn(LogLevel::kDebug));
    log.Debug("hidden");
    log.Info("shown");
  });
  EXPECT_THAT(printed, ElementsAre(HasSubstr("shown")));
}

TEST(Logger, GoesOnWithStdoutWhereTheFolderCannotBeMade) {
  const Folder folder;
  std::ofstream(folder / "file") << "x";
  const std::string path = folder / "file/logs";
  const Lines printed = Printed([&] {
    Logger log({.path = path});
    log.Info("goes on");
  });
  EXPECT_THAT(printed, ElementsAre(AllOf(testing::StartsWith(R"({"time":")"), HasSubstr(R"("level":"warn")"),
                                         HasSubstr(path + "/app.log"), HasSubstr("ENOTDIR")),
                                   HasSubstr("goes on")));
}

TEST(Logger, GoesOnWithStdoutWhereTheFileIsAFolderOrAFifo) {
  const Folder folder;
  std::filesystem::create_directory(folder / "a.log");
  ASSERT_EQ(::mkfifo((folder / "b.log").c_str(), 0600), 0);
  EXPECT_THAT(Printed([&] { Logger({.path = folder / "a.log"}).Info("on"); }),
              ElementsAre(HasSubstr("EISDIR"), HasSubstr("on")));
  EXPECT_THAT(Printed([&] { Logger({.path = folder / "b.log"}).Info("on"); }),
              ElementsAre(HasSubstr("ENXIO"), HasSubstr("on")));
}

TEST(Logger, TellsAFullDiskOnceAndGoesOn) {
  const Folder folder;
  std::filesystem::create_symlink("/dev/full", folder / "full.log");
  const Lines printed = Printed([&] {
    Logger log({.path = folder / "full.log"});
    for (const char* text : {"one", "two", "three"}) log.Info(text);
  });
  EXPECT_THAT(printed,
              testing::UnorderedElementsAre(
                  HasSubstr("one"), HasSubstr("two"), HasSubstr("three"),
                  AllOf(HasSubstr("cannot be written"), HasSubstr("full.log"), HasSubstr("No space left"))));
}

TEST(Logger, RotatesAndKeepsTheYoungest) {
  const Folder folder;
  Printed([&] {
    Logger log({.path = folder / "r.log", .max_file_bytes = 300, .max_old_files = 2});
    for (int i = 0; i < 20; ++i) log.Info("line", {{"i", i}});
  });
  EXPECT_THAT(ReadLines(folder / "r.log").back(), HasSubstr(R"("i":19})"));
  EXPECT_TRUE(std::filesystem::exists(folder / "r.1.log"));
  EXPECT_TRUE(std::filesystem::exists(folder / "r.2.log"));
  EXPECT_FALSE(std::filesystem::exists(folder / "r.3.log"));
  EXPECT_LE(std::filesystem::file_size(folder / "r.1.log"), 300u);
}

// Programs that the server starts must not inherit the log.
TEST(Logger, TheFileIsClosedOnExec) {
  const Folder folder;
  const std::string path = folder / "c.log";
  Printed([&] {
    const Logger log({.path = path});
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      if (std::filesystem::read_symlink(entry, gone) != path) continue;
      ++found;
      EXPECT_TRUE(::fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC);
    }
    EXPECT_EQ(found, 1);
  });
}

TEST(Logger, ThreadsDoNotMixTheirLines) {
  const Folder folder;
  Printed([&] {
    const Logger log({.path = folder / "t.log"});
    const auto write = [&] {
      for (int i = 0; i < 200; ++i) log.Info(std::string(300, 'x'));
    };
    std::jthread first(write);
    std::jthread second(write);
  });
  const Lines lines = ReadLines(folder / "t.log");
  EXPECT_EQ(lines.size(), 400u);
  EXPECT_THAT(lines, testing::Each(EndsWith(std::string(300, 'x') + "\"}")));
}

TEST(LogFilePath, IsAppLogInTheFolderUnlessItIsAFileItself) {
  EXPECT_EQ(LogFilePath("./logs"), "./logs/app.log");
  EXPECT_EQ(LogFilePath("/logs/"), "/logs/app.log");
  EXPECT_EQ(LogFilePath("/var/log/a.log"), "/var/log/a.log");
}

}  // namespace
}  // namespace sandgate

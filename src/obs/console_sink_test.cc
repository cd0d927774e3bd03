// SPDX-License-Identifier: Apache-2.0
// Lines reach a reader whole, and one that has stopped is not waited for.
#include "obs/console_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

namespace sandgate {
namespace {

using std::chrono::milliseconds;
using testing::Each;
using testing::HasSubstr;

class ConsoleSinkTest : public testing::Test {
 protected:
  ConsoleSinkTest() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
    EXPECT_GE(::fcntl(write_.get(), F_SETPIPE_SZ, 8192), 8192);
    ::fcntl(read_.get(), F_SETFL, O_NONBLOCK);
    sink_ = std::make_shared<ConsoleSink>(write_.get(), milliseconds(1));
    sink_->set_pattern("%v");
  }

  void Log(const std::string& line) { sink_->log({"", spdlog::level::info, line}); }

  std::string Read() {
    std::string all;
    char part[4096];
    for (ssize_t n = 0; (n = ::read(read_.get(), part, sizeof(part))) > 0;)
      all.append(part, static_cast<std::size_t>(n));
    return all;
  }

  Fd read_;
  Fd write_;
  std::shared_ptr<ConsoleSink> sink_;
};

TEST_F(ConsoleSinkTest, WritesLines) {
  Log("one");
  Log("two");
  EXPECT_EQ(Read(), "one\ntwo\n");
}

TEST_F(ConsoleSinkTest, DropsLinesThatNobodyReadsAndTellsHowMany) {
  const std::string line(999, 'x');
  for (int i = 0; i < 100; ++i) Log(line);
  const std::vector<std::string> before = SplitList(Read(), '\n');
  EXPECT_THAT(before, Each(line));
  Log("again");
  const std::vector<std::string> after = SplitList(Read(), '\n');
  ASSERT_EQ(after.size(), 2U);
  EXPECT_THAT(after[0], HasSubstr("\"lines\":" + std::to_string(100 - before.size()) + "}"));
  EXPECT_EQ(after[1], "again");
}

// One that takes a page now and then has the server wait no more than one that takes nothing.
TEST_F(ConsoleSinkTest, IsPatientOnce) {
  sink_ = std::make_shared<ConsoleSink>(write_.get(), milliseconds(200));
  sink_->set_pattern("%v");
  const auto begin = std::chrono::steady_clock::now();
  char page[4096];
  for (int i = 0; i < 50; ++i) {
    Log(std::string(3999, 'x'));
    EXPECT_GT(::read(read_.get(), page, sizeof(page)), 0);
    Log(std::string(3999, 'x'));
    Log(std::string(3999, 'x'));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << "not 200 ms for each of 50";
}

TEST_F(ConsoleSinkTest, EndsALineThatWasCut) {
  Log(std::string(100000, 'x'));
  const std::string cut = Read();
  EXPECT_LT(cut.size(), 100000U);
  EXPECT_EQ(cut.find('\n'), std::string::npos);
  Log("again");
  const std::string rest = Read();
  EXPECT_TRUE(rest.starts_with("\n{")) << rest;
  EXPECT_TRUE(rest.ends_with("}\nagain\n")) << rest;
}

}  // namespace
}  // namespace sandgate

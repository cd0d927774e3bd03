// SPDX-License-Identifier: Apache-2.0
// Each thing that an attack can do to the stage is done here, and must be seen.
#include "selftest/stage.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/fd.h"

namespace sandgate::selftest {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The victim is this program, started once more.
const bool kIsVictim = [] {
  if (std::getenv("SANDGATE_SELFTEST_MARK") != nullptr) BeVictim();
  return false;
}();

class StageTest : public ::testing::Test {
 protected:
  std::string Text(const char* key) const { return std::string(told_.at(key).as_string()); }
  int Number(const char* key) const { return static_cast<int>(told_.at(key).to_number<std::int64_t>()); }
  void ExpectDamage(const char* words) { EXPECT_THAT(stage_.Look(), Contains(HasSubstr(words))); }

  Stage stage_{MakeMark()};
  boost::json::object told_ = stage_.Describe();
};

TEST_F(StageTest, IsWholeAtFirstAndGoneAtTheEnd) {
  EXPECT_THAT(stage_.Look(), IsEmpty());
  std::string folder;
  int pid = -1;
  {
    Stage other(MakeMark());
    folder = other.folder();
    pid = static_cast<int>(other.Describe().at("victim_pid").to_number<std::int64_t>());
    EXPECT_TRUE(std::filesystem::exists(folder));
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(StageTest, SecretsHoldTheMarkAndHaveTheirModes) {
  std::ifstream file(Text("secret_file"));
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr(stage_.mark()));
  struct stat status {};
  ASSERT_EQ(::stat(Text("closed_file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  ASSERT_EQ(::stat(Text("writable_dir").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0777u);
}

TEST_F(StageTest, SeesWrittenContent) {
  std::ofstream(Text("writable_file"), std::ios::app) << "x";
  ExpectDamage("content");
}

TEST_F(StageTest, SeesAModeThatWasChangedAndPutBack) {
  ASSERT_EQ(::chmod(Text("writable_file").c_str(), 0600), 0);
  ASSERT_EQ(::chmod(Text("writable_file").c_str(), 0666), 0);
  ExpectDamage("time of the last change");
}

TEST_F(StageTest, SeesAFileMoreAndAFileLess) {
  std::ofstream(Text("writable_dir") + "/new") << "x";
  ExpectDamage("entries");
  std::filesystem::remove(Text("secret_file"));
  ExpectDamage("is gone");
}

TEST_F(StageTest, SeesBytesInTheFifo) {
  const Fd fifo(::open(Text("fifo").c_str(), O_WRONLY | O_NONBLOCK));
  ASSERT_EQ(::write(fifo.get(), "x", 1), 1);
  ExpectDamage("fifo");
}

TEST_F(StageTest, SeesASignal) {
  ASSERT_EQ(::kill(Number("victim_pid"), SIGSTOP), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(Number("victim_pid")), &info, WSTOPPED | WNOWAIT), 0);
  ExpectDamage("the victim was ended or stopped");
}

TEST_F(StageTest, SeesAContactAndTellsTheMark) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, Text("unix_path").c_str(), sizeof(address.sun_path) - 1);
  const Fd client(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  char text[200]{};
  ASSERT_GT(::recv(client.get(), text, sizeof(text) - 1, 0), 0);
  EXPECT_THAT(text, HasSubstr(stage_.mark()));
  ExpectDamage("the named socket was reached");
}

TEST_F(StageTest, SeesChangedObjects) {
  if (Number("sem_id") >= 0) {
    ASSERT_EQ(::semctl(Number("sem_id"), 0, SETVAL, 5), 0);
    ExpectDamage("semaphore");
  }
  if (Number("msg_id") >= 0) {
    char buffer[128];
    ASSERT_GT(::msgrcv(Number("msg_id"), buffer, sizeof(buffer) - sizeof(long), 0, IPC_NOWAIT), 0);
    ExpectDamage("message queue");
  }
  if (Number("shm_id") >= 0) {
    void* const memory = ::shmat(Number("shm_id"), nullptr, 0);
    ASSERT_EQ(std::memcmp(memory, stage_.mark().data(), stage_.mark().size()), 0);
    std::memset(memory, 0, 8);
    ::shmdt(memory);
    ExpectDamage("shared memory was changed");
  }
}

}  // namespace
}  // namespace sandgate::selftest

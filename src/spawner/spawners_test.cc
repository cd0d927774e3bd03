// SPDX-License-Identifier: Apache-2.0
// Which spawner is used when: the real Spawners and SpawnerClient, and peers that behave as a word in their
// spec says. A peer is this program again, started as a spawner is.
#include "spawner/spawners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include "base/sys.h"
#include "base/wire.h"
#include "spawner/clone.h"
#include "spawner/protocol.h"
#include "spawner/serve.h"

namespace sandgate {
namespace {

using namespace std::chrono_literals;

// --- the peer ---

void Send(int socket, std::initializer_list<std::uint64_t> words, std::span<const int> fds = {}) {
  WireWriter out;
  for (const std::uint64_t word : words) out.Word(word);
  sys::SendPacket(socket, out.Take(), fds);
}

std::uint64_t WordOf(Message message) { return static_cast<std::uint64_t>(message); }

// A child of the server that does nothing, in a pid namespace of its own as the init of a run.
Cloned MakeInit() {
  Cloned child = Clone({.flags = CLONE_PARENT | CLONE_NEWPID});
  if (child.pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);  // with the test, whose output it holds open
    ::close(kSpawnerSocket);                      // or the server would not see the end of the spawner
  }
  while (child.pid == 0) ::pause();
  return child;
}

void AnswerSpawn(int socket, std::string_view behaviour, std::uint64_t id) {
  const Cloned child = MakeInit();
  if (behaviour == "dies before it tells") ::_exit(0);
  const int pidfd = child.pidfd.get();
  const std::uint64_t answered = behaviour == "answers another request" ? id + 1 : id;
  const std::span<const int> fds =
      behaviour == "sends no pidfd" ? std::span<const int>() : std::span(&pidfd, 1);
  Send(socket, {WordOf(Message::kSpawned), answered, 0, static_cast<std::uint64_t>(child.pid)}, fds);
}

void Serve(int socket, std::string_view behaviour) {
  std::uint64_t told = 0;  // uids for the end
  for (;;) {
    sys::Received received = sys::ReceivePacket(socket, kMaxPacket);
    if (!received.packet) return;
    WireReader in(received.packet->bytes);
    const auto message = static_cast<Message>(in.Word());
    if (message == Message::kSpawn) AnswerSpawn(socket, behaviour, in.Word());
    if (message == Message::kSweepAtEnd) ++told;
    if (message == Message::kSweep) Send(socket, {WordOf(Message::kSwept), in.Word(), told});
  }
}

// Before main: the server gives a spawner no arguments.
__attribute__((constructor)) void BePeer(int, char** argv, char**) {
  if (std::string_view(argv[0]) != "sandgate-spawner") return;
  try {
    sys::Received spec = sys::ReceivePacket(kSpawnerSocket, kMaxPacket);
    const SpawnerSpec decoded = DecodeSpec(std::span(spec.packet->bytes).subspan(sizeof(std::uint64_t)));
    const std::string behaviour = decoded.envp.at(0);
    if (behaviour == "moves") {
      const int any[] = {kSpawnerSocket, kSpawnerSocket};
      Send(kSpawnerSocket, {WordOf(Message::kMoved)}, any);
    }
    TellReady(kSpawnerSocket, behaviour == "fails" ? "no such luck" : "", "");
    Serve(kSpawnerSocket, behaviour);
  } catch (const std::exception&) {
    ::_exit(1);
  }
  ::_exit(0);
}

// --- the server ---

std::set<pid_t> Children() {
  const std::string pid = std::to_string(::getpid());
  std::ifstream file("/proc/" + pid + "/task/" + pid + "/children");
  std::set<pid_t> children;
  for (pid_t child = 0; file >> child;) children.insert(child);
  return children;
}

SpawnerSpec Spec(SpawnerKind kind, const std::string& behaviour) {
  SpawnerSpec spec;
  spec.kind = kind;
  if (kind != SpawnerKind::kExec) spec.argv = {"/peer"};
  spec.envp = {behaviour};
  return spec;
}

const RunEnvironment kOffline{Language::kPython, false};
const RunEnvironment kOnline{Language::kPython, true};
const RunEnvironment kNodeOffline{Language::kNode, false};

class SpawnersTest : public testing::Test {
 protected:
  SpawnersTest() {
    options_.program = "/proc/self/exe";
    options_.exec = Spec(SpawnerKind::kExec, "is sound");
    options_.lost_after = 50ms;
    AddForkServer(kOffline, "is sound");
  }

  void AddForkServer(const RunEnvironment& environment, const std::string& behaviour) {
    options_.fork_servers[environment] = Spec(SpawnerKind::kPython, behaviour);
  }

  // With the fork servers open, unless told otherwise.
  Spawners& Start(bool open = true) {
    spawners_ = std::make_unique<Spawners>(io_, options_, log_);
    spawners_->Start();
    spawners_->OnChange([this](const RunEnvironment&) { ++changes_; });
    if (!open) return *spawners_;
    spawners_->Open([this](RunEnvironment, SpawnerLease) -> boost::asio::awaitable<void> {
      if (failures_ > 0 && failures_-- > 0) throw Error("not sound");
      co_return;
    });
    return *spawners_;
  }

  template <typename Condition>
  testing::AssertionResult RunUntil(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return testing::AssertionFailure() << "waited in vain";
      io_.restart();
      io_.run_one_for(20ms);
    }
    return testing::AssertionSuccess();
  }

  // Runs the coroutine to its end; throws what it throws.
  void Run(boost::asio::awaitable<void> task) {
    bool done = false;
    std::exception_ptr error;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr thrown) {
      done = true;
      error = std::move(thrown);
    });
    ASSERT_TRUE(RunUntil([&] { return done; }));
    if (error) std::rethrow_exception(error);
  }

  void WarmUp() { Run(spawners_->WarmUp()); }

  SpawnerStatus StatusOf(const RunEnvironment& environment) {
    for (const SpawnerStatus& status : spawners_->Status()) {
      if (!(status.environment < environment) && !(environment < status.environment)) return status;
    }
    return {};
  }

  // Asks that spawner for a child; throws as Spawn.
  void AskForChild(const SpawnerLease& spawner) {
    Run([](SpawnerLease asked) -> boost::asio::awaitable<void> {
      const SpawnFds none{0, 1, 2, 2, 2};
      co_await asked->Spawn("plan", none);
    }(spawner));
  }

  boost::asio::io_context io_;
  Logger log_{LogOptions{.level = LogLevel::kError}};
  SpawnersOptions options_;
  int failures_ = 0;  // self-tests that are still to fail
  int changes_ = 0;
  std::unique_ptr<Spawners> spawners_;
};

void Kill(const std::set<pid_t>& processes) {
  for (const pid_t process : processes) ::kill(process, SIGKILL);
}

TEST_F(SpawnersTest, WithoutForkServersEverythingStartsCold) {
  Spawners& spawners = Start(false);
  EXPECT_EQ(spawners.Choose(kOffline), spawners.Exec());
  EXPECT_FALSE(spawners.Forks(kOffline));
  EXPECT_TRUE(spawners.IsCurrent(kOffline, spawners.Exec()));
}

TEST_F(SpawnersTest, AnExecSpawnerThatCannotStartIsAnErrorWithItsWords) {
  options_.exec = Spec(SpawnerKind::kExec, "fails");
  try {
    Start();
    FAIL() << "it started";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("no such luck"));
  }
}

// It holds the server up until the spawner has ended, and is for user namespaces only.
TEST_F(SpawnersTest, ASpawnerThatMovesWhereNoneNeedsToIsNotUsed) {
  AddForkServer(kOffline, "moves");
  Start();
  WarmUp();
  EXPECT_THAT(StatusOf(kOffline).problem, testing::HasSubstr("out of order"));
}

TEST_F(SpawnersTest, AnExecSpawnerThatDiesIsReplacedByOneThatKnowsWhatToSweep) {
  Spawners& spawners = Start(false);
  spawners.SweepAtEnd(7001);
  spawners.SweepAtEnd(7002);
  spawners.SweepAtEnd(7002);
  const SpawnerLease first = spawners.Exec();
  const std::set<pid_t> before = Children();
  Kill(before);
  ASSERT_TRUE(RunUntil([&] { return !first->alive() && !Children().empty() && Children() != before; }));
  EXPECT_NE(spawners.Exec(), first);
  try {
    Run(spawners.Exec()->Sweep(7001));
    FAIL() << "the peer answers with the number of uids";
  } catch (const Error& error) {
    EXPECT_EQ(error.errno_value(), 2);
  }
}

TEST_F(SpawnersTest, AForkServerIsUsedWhenItHasPassedItsTest) {
  Spawners& spawners = Start();
  EXPECT_FALSE(spawners.Forks(kOffline));
  WarmUp();
  EXPECT_TRUE(spawners.Forks(kOffline));
  EXPECT_NE(spawners.Choose(kOffline), spawners.Exec());
  EXPECT_EQ(StatusOf(kOffline).kind, SpawnerKind::kPython);
  EXPECT_EQ(StatusOf(kOffline).generation, 1U);
  EXPECT_EQ(changes_, 1);
}

TEST_F(SpawnersTest, AForkServerThatFailsIsNotUsedAndTriedAgain) {
  failures_ = 2;
  Spawners& spawners = Start();
  WarmUp();
  EXPECT_EQ(spawners.Choose(kOffline), spawners.Exec());
  EXPECT_EQ(StatusOf(kOffline).problem, "not sound");
  EXPECT_TRUE(RunUntil([&] { return spawners.Forks(kOffline); }));
  EXPECT_EQ(StatusOf(kOffline).problem, "");
}

TEST_F(SpawnersTest, AForkServerThatCannotStartIsToldWithItsWords) {
  AddForkServer(kOffline, "fails");
  Start();
  WarmUp();
  EXPECT_THAT(StatusOf(kOffline).problem, testing::HasSubstr("no such luck"));
}

TEST_F(SpawnersTest, AForkServerThatDiesIsReplaced) {
  Spawners& spawners = Start();
  const std::set<pid_t> exec = Children();
  WarmUp();
  const SpawnerLease first = spawners.Choose(kOffline);
  std::set<pid_t> fork_servers = Children();
  for (const pid_t pid : exec) fork_servers.erase(pid);
  Kill(fork_servers);
  ASSERT_TRUE(RunUntil([&] { return !spawners.IsCurrent(kOffline, first); }));
  EXPECT_EQ(spawners.Choose(kOffline), spawners.Exec());
  EXPECT_TRUE(RunUntil([&] { return StatusOf(kOffline).generation == 2; }));
  EXPECT_EQ(changes_, 3);  // in use, gone, in use
}

TEST_F(SpawnersTest, AGenerationIsReplacedAfterItsChildrenAndLivesAsLongAsItsLeases) {
  options_.recycle_runs = 2;
  Spawners& spawners = Start();
  WarmUp();
  const SpawnerLease first = spawners.Choose(kOffline);
  spawners.Choose(kOffline);
  ASSERT_TRUE(RunUntil([&] { return StatusOf(kOffline).generation == 2; }));
  EXPECT_FALSE(spawners.IsCurrent(kOffline, first));
  EXPECT_TRUE(first->alive());
}

TEST_F(SpawnersTest, AGenerationThatFailsItsTestDoesNotReplaceTheOneBefore) {
  Spawners& spawners = Start();
  WarmUp();
  const SpawnerLease first = spawners.Choose(kOffline);
  failures_ = 1;
  spawners.Refresh(Language::kPython);
  ASSERT_TRUE(RunUntil([&] { return failures_ == 0; }));
  EXPECT_EQ(spawners.Choose(kOffline), first);
}

TEST_F(SpawnersTest, ARefreshReplacesTheForkServersOfItsLanguage) {
  AddForkServer(kOnline, "is sound");
  AddForkServer(kNodeOffline, "is sound");
  Spawners& spawners = Start();
  WarmUp();
  spawners.Refresh(Language::kPython);
  ASSERT_TRUE(
      RunUntil([&] { return StatusOf(kOffline).generation == 2 && StatusOf(kOnline).generation == 2; }));
  EXPECT_EQ(StatusOf(kNodeOffline).generation, 1U);
}

TEST_F(SpawnersTest, AfterCloseNoForkServerIsUsedOrStarted) {
  Spawners& spawners = Start();
  WarmUp();
  spawners.Close();
  EXPECT_EQ(spawners.Choose(kOffline), spawners.Exec());
  EXPECT_FALSE(spawners.Forks(kOffline));
}

TEST_F(SpawnersTest, ASpawnerThatAnswersAnotherRequestMakesNoChild) {
  AddForkServer(kOffline, "answers another request");
  Spawners& spawners = Start();
  WarmUp();
  EXPECT_THROW(AskForChild(spawners.Choose(kOffline)), Error);
}

// What a spawner has made and not told of has no pidfd here: it is ended a while later.
class LostChildTest : public SpawnersTest {
 protected:
  // Asks a fork server of that behaviour for a child, which is lost; the children there were before and are
  // then.
  void LoseChild(const std::string& behaviour) {
    if (::geteuid() != 0) GTEST_SKIP() << "makes a pid namespace";
    AddForkServer(kOffline, behaviour);
    Start();
    WarmUp();
    const std::set<pid_t> before = Children();
    EXPECT_THROW(AskForChild(spawners_->Choose(kOffline)), Error);
    for (const pid_t child : Children()) {
      if (!before.contains(child) && sys::UnheldChildren().contains(child)) lost_ = child;
    }
    ASSERT_NE(lost_, 0);
  }

  pid_t lost_ = 0;
};

TEST_F(LostChildTest, OfASpawnerThatDiedBeforeItToldIsEnded) {
  LoseChild("dies before it tells");
  EXPECT_TRUE(RunUntil([&] { return !Children().contains(lost_); }));
}

TEST_F(LostChildTest, WhosePidfdDidNotArriveIsEndedWhenAsked) {
  LoseChild("sends no pidfd");
  spawners_->LookForLostChildren();
  EXPECT_TRUE(RunUntil([&] { return !Children().contains(lost_); }));
}

TEST_F(LostChildTest, ASpawnerIsNoLostChild) {
  Spawners& spawners = Start();
  WarmUp();
  const SpawnerLease fork_server = spawners.Choose(kOffline);
  const std::set<pid_t> before = Children();
  spawners.LookForLostChildren();
  RunUntil(
      [end = std::chrono::steady_clock::now() + 300ms] { return std::chrono::steady_clock::now() > end; });
  EXPECT_EQ(Children(), before);
  EXPECT_TRUE(fork_server->alive() && spawners.Exec()->alive());
}

}  // namespace
}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// A process of the stage to attack: the mark is in its memory and in its environment, no signal is handled.
// It is this program, started with a verb of its own, and ends with the stage.
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "selftest/canary.h"

namespace sandgate::selftest {

namespace {

constexpr const char* kMarkVariable = "SANDGATE_SELFTEST_MARK";

// The first line of the victim's stdout.
std::string ReadLine(const Fd& pipe) {
  std::string line;
  for (;;) {
    char byte = 0;
    const ssize_t n = ::read(pipe.get(), &byte, 1);
    if (n < 0 && errno == EINTR) continue;  // whoever caught the signal tells of it
    if (n != 1 || byte == '\n') return line;
    line += byte;
  }
}

// Its stdin and stdout are pipes to us, or its end could not be waited for; it is a session of its own, for
// the terminal's signals are for this process.
pid_t Start(const std::string& mark, int output) {
  std::string program = "/proc/self/exe";
  std::string verb = kVictimVerb;
  std::string variable = std::string(kMarkVariable) + "=" + mark;
  const std::array<char*, 3> arguments{program.data(), verb.data(), nullptr};
  const std::array<char*, 2> environment{variable.data(), nullptr};
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) ThrowErrno("start the victim", error);
  return pid;
}

class Victim : public Canary {
 public:
  explicit Victim(const StagePlace& place) : mark_(place.mark) {
    std::array<int, 2> ends{};
    sandgate::Check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    const Fd read(ends[0]);
    Fd write(ends[1]);
    pid_ = Start(mark_, write.get());
    write.reset();
    const std::string told = ReadLine(read);
    if (std::from_chars(told.data(), told.data() + told.size(), address_).ec != std::errc{}) {
      End();
      throw Error("the victim did not start");
    }
    memory_.reset(::open(("/proc/" + std::to_string(pid_) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
    nice_ = ::getpriority(PRIO_PROCESS, static_cast<id_t>(pid_));
  }

  ~Victim() override { End(); }

  void Describe(boost::json::object& stage, Missing&) const override {
    stage["victim_pid"] = pid_;
    stage["victim_address"] = address_;
  }

  void Check(Damage& damage) override {
    siginfo_t info{};
    const int flags = WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT;
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, flags) != 0 || info.si_pid != 0) {
      damage.push_back("the victim was ended or stopped by a signal");
      return;
    }
    if (::getpriority(PRIO_PROCESS, static_cast<id_t>(pid_)) != nice_) {
      damage.push_back("the victim has another priority");
    }
    std::string text(mark_.size(), '\0');
    if (memory_ && ::pread(memory_.get(), text.data(), text.size(), static_cast<off_t>(address_)) > 0 &&
        text != mark_) {
      damage.push_back("the victim's memory was changed");
    }
  }

 private:
  void End() const {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  std::string mark_;
  pid_t pid_ = -1;
  std::uint64_t address_ = 0;
  Fd memory_;  // none where even its parent may not look
  int nice_ = 0;
};

}  // namespace

void BeVictim() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const char* const mark = std::getenv(kMarkVariable);
  if (mark == nullptr) std::_Exit(1);
  char* const kept = ::strdup(mark);
  std::printf("%llu\n", static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(kept)));
  std::fflush(stdout);
  ::close(STDOUT_FILENO);
  for (;;) ::pause();
}

std::unique_ptr<Canary> PlantVictim(const StagePlace& place) { return std::make_unique<Victim>(place); }

}  // namespace sandgate::selftest

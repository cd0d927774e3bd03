// SPDX-License-Identifier: Apache-2.0
// What it costs that refused calls are reported, in a run that has none: the same program, once under the
// filter of the policy with its listener, once under the same filter without one, where the kernel answers
// EPERM by itself.
//
// Both filters have the same instructions in the same places; only the values that they return differ.
// execve(2), which starts the program, is what the filter refuses first: with the listener it is notified and
// let go on, as in every run, and that is part of the time; without, it is allowed. The kinds take turns, and
// which of them is first in a pair takes turns too, so that both see the same machine. Called by listener.py.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/sys.h"
#include "jail/locks.h"
#include "policy/filter.h"
#include "policy/policy.h"
#include "sandbox/notify.h"
#include "spawner/clone.h"

namespace {

using namespace sandgate;
using Clock = std::chrono::steady_clock;

enum class Kind { kWithListener, kWithout };

std::vector<sock_filter> Instructions(const std::string& bytes) {
  std::vector<sock_filter> program(bytes.size() / sizeof(sock_filter));
  std::memcpy(program.data(), bytes.data(), program.size() * sizeof(sock_filter));
  return program;
}

// The filter of the default policy behind three instructions that decide about execve.
std::vector<sock_filter> MakeFilter(Kind kind) {
  const bool notify = kind == Kind::kWithListener;
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW),
  };
  for (sock_filter instruction : Instructions(ExportFilter(Policy::Make({})))) {
    const bool refuses = instruction.code == (BPF_RET | BPF_K) && instruction.k == SECCOMP_RET_USER_NOTIF;
    if (refuses && !notify) instruction.k = SECCOMP_RET_ERRNO | EPERM;
    program.push_back(instruction);
  }
  return program;
}

std::span<const char> Bytes(const std::vector<sock_filter>& program) {
  return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
}

int LoadWithoutListener(const std::vector<sock_filter>& filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? errno : 0;
}

// Milliseconds: from before the child is made to after it has been reaped, and of processor time of the
// child, which other load on the machine disturbs less.
struct Cost {
  double wall = 0;
  double cpu = 0;
};

double Milliseconds(const timeval& time) {
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec);
}

class Bench {
 public:
  explicit Bench(std::vector<std::string> command) : command_(std::move(command)) {
    for (std::string& word : command_) argv_.push_back(word.data());
    argv_.push_back(nullptr);
  }

  Cost Once(Kind kind) {
    const auto begin = Clock::now();
    auto [ours, theirs] = sys::SeqpacketPair();
    const Cloned child = Clone({});
    if (child.pid == 0) BeChild(kind, theirs.get());
    Check(child.pid, "clone");
    theirs.reset();
    sys::Received report = sys::ReceivePacket(ours.get(), 1);
    if (!report.packet) throw Error("the child could not load the filter");
    Watch(child.pidfd.get(), report.packet->fds.empty() ? Fd() : std::move(report.packet->fds[0]));
    const auto exit = sys::Reap(child.pidfd.get());
    const double wall = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    if (!exit || exit->code != CLD_EXITED || exit->status != 0) throw Error(command_[0] + " failed");
    return {wall, Milliseconds(exit->usage.ru_utime) + Milliseconds(exit->usage.ru_stime)};
  }

 private:
  [[noreturn]] void BeChild(Kind kind, int socket) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
    const JailPlan plan{};
    int listener = -1;
    int error = lock::ForbidNewPrivileges(plan);
    if (error == 0 && kind == Kind::kWithListener) error = lock::LoadFilter(Bytes(with_), listener);
    if (error == 0 && kind == Kind::kWithout) error = LoadWithoutListener(without_);
    if (error != 0) ::_exit(1);
    sys::SendPacket(socket, "x", std::span(&listener, listener >= 0 ? 1 : 0));
    if (listener >= 0) ::close(listener);
    char language[] = "LANG=C.UTF-8";
    char* environment[] = {language, nullptr};
    ::execve(argv_[0], argv_.data(), environment);
    ::_exit(127);
  }

  // Waits for the end of the child and lets its execve through.
  static void Watch(int pidfd, const Fd& listener) {
    pollfd waits[] = {{pidfd, POLLIN, 0}, {listener ? listener.get() : -1, POLLIN, 0}};
    bool started = false;
    for (;;) {
      if (::poll(waits, 2, -1) < 0 && errno != EINTR) ThrowErrno("poll");
      if ((waits[1].revents & POLLIN) != 0) {
        const auto notification = ReceiveNotification(listener.get());
        if (!notification) continue;
        if (started) throw Error("a call was refused, number " + std::to_string(notification->call.number));
        started = true;
        LetCallGoOn(listener.get(), notification->id);
      } else if (waits[1].revents != 0) {
        waits[1].fd = -1;
      }
      if (waits[0].revents != 0) return;
    }
  }

  std::vector<std::string> command_;
  std::vector<char*> argv_;
  std::vector<sock_filter> with_ = MakeFilter(Kind::kWithListener);
  std::vector<sock_filter> without_ = MakeFilter(Kind::kWithout);
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Pairs {
  std::vector<double> with;
  std::vector<double> without;
};

// How much longer it takes with the listener, in percent of the time without.
double Percent(const Pairs& pairs) { return 100 * (Median(pairs.with) / Median(pairs.without) - 1); }

struct Measured {
  Pairs wall;
  Pairs cpu;
};

// The middle 95 % of what other samples of the same size would give (bootstrap over the pairs).
std::pair<double, double> Spread(const Pairs& pairs) {
  constexpr int kSamples = 1000;
  std::mt19937 random(1);
  std::uniform_int_distribution<std::size_t> pick(0, pairs.with.size() - 1);
  std::vector<double> results;
  for (int i = 0; i < kSamples; ++i) {
    Pairs sample;
    for (std::size_t j = 0; j < pairs.with.size(); ++j) {
      const std::size_t chosen = pick(random);
      sample.with.push_back(pairs.with[chosen]);
      sample.without.push_back(pairs.without[chosen]);
    }
    results.push_back(Percent(sample));
  }
  std::sort(results.begin(), results.end());
  return {results[kSamples / 40], results[kSamples - 1 - kSamples / 40]};
}

Measured Measure(Bench& bench, unsigned count) {
  constexpr unsigned kWarmUp = 5;
  Measured measured;
  for (unsigned i = 0; i < kWarmUp + count; ++i) {
    const Kind first = i % 2 == 0 ? Kind::kWithListener : Kind::kWithout;
    const Kind second = i % 2 == 0 ? Kind::kWithout : Kind::kWithListener;
    const Cost costs[] = {bench.Once(first), bench.Once(second)};
    if (i < kWarmUp) continue;
    const Cost& with = costs[i % 2];
    const Cost& without = costs[1 - i % 2];
    measured.wall.with.push_back(with.wall);
    measured.wall.without.push_back(without.wall);
    measured.cpu.with.push_back(with.cpu);
    measured.cpu.without.push_back(without.cpu);
  }
  return measured;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned pairs = 300;
  std::vector<std::string> command;
  CLI::App app("Runs a program with and without the listener of the filter; prints one line of JSON.");
  app.add_option("--pairs", pairs, "how often each")->check(CLI::PositiveNumber);
  app.add_option("command", command, "program (absolute path) and arguments")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    Bench bench(command);
    const auto [wall, cpu] = Measure(bench, pairs);
    const auto [low, high] = Spread(wall);
    std::cout << "{\"pairs\": " << pairs << ", \"with_p50_ms\": " << Median(wall.with)
              << ", \"without_p50_ms\": " << Median(wall.without) << ", \"percent\": " << Percent(wall)
              << ", \"low\": " << low << ", \"high\": " << high << ", \"cpu_percent\": " << Percent(cpu)
              << "}\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "sandgate-listener: " << error.what() << '\n';
    return 1;
  }
}

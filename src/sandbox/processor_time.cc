// SPDX-License-Identifier: Apache-2.0
#include "sandbox/processor_time.h"

#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"

namespace sandgate {

namespace {

using std::chrono::nanoseconds;

// What it has used, and those of its children that it has waited for (proc(5), stat).
nanoseconds TimeOf(pid_t pid) try {
  constexpr std::size_t kUserTime = 11;  // of the fields after the name, which may hold anything
  constexpr std::size_t kFields = 4;
  const auto stat = sys::ReadFile("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name = stat ? stat->rfind(") ") : std::string::npos;
  if (name == std::string::npos) return {};
  const std::vector<std::string> fields = SplitList(stat->substr(name + 2), ' ');
  std::int64_t ticks = 0;
  for (std::size_t i = kUserTime; i < kUserTime + kFields && i < fields.size(); ++i) {
    ticks += std::atoll(fields[i].c_str());
  }
  return nanoseconds(ticks * (1'000'000'000 / ::sysconf(_SC_CLK_TCK)));
} catch (const Error&) {
  return {};  // it has gone meanwhile
}

void AddChildren(pid_t pid, std::vector<pid_t>& found) try {
  std::error_code error;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
    const std::string children = sys::ReadFile(task.path().string() + "/children").value_or("");
    for (const std::string& child : SplitList(children, ' ')) found.push_back(std::atoi(child.c_str()));
  }
} catch (const std::exception&) {
  // It has gone meanwhile.
}

}  // namespace

std::optional<nanoseconds> ProcessorTime(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return std::nullopt;
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

nanoseconds ProcessorTimeBelow(std::span<const pid_t> roots, std::size_t most) {
  std::vector<pid_t> processes(roots.begin(), roots.end());
  nanoseconds sum{};
  for (std::size_t i = 0; i < processes.size() && i < most; ++i) {
    sum += TimeOf(processes[i]);
    AddChildren(processes[i], processes);
  }
  return sum;
}

}  // namespace sandgate

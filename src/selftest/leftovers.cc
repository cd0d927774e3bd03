// SPDX-License-Identifier: Apache-2.0
#include "selftest/leftovers.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>
#include <thread>

#include "base/sys.h"

namespace sandgate::selftest {

namespace fs = std::filesystem;

namespace {

// Processes that have been killed, of a spawner that was still starting, say, take a while to go.
constexpr int kLooks = 40;
constexpr auto kPause = std::chrono::milliseconds(50);

struct Process {
  int pid = 0;
  int parent = 0;
  std::uint32_t uid = 0;
  bool confined = false;  // no_new_privs
  char state = '?';
};

// The number after "NAME:\t" in /proc/PID/status.
std::int64_t NumberOf(const std::string& status, const std::string& name) {
  const std::size_t place = status.find("\n" + name + ":");
  return place == std::string::npos ? -1
                                    : std::strtoll(status.c_str() + place + name.size() + 2, nullptr, 10);
}

std::vector<Process> Processes() {
  std::vector<Process> processes;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto status = sys::ReadFile(entry.path() / "status");
    if (!status) continue;
    const std::size_t state = status->find("\nState:\t");
    processes.push_back({std::stoi(name), static_cast<int>(NumberOf(*status, "PPid")),
                         static_cast<std::uint32_t>(NumberOf(*status, "Uid")),
                         NumberOf(*status, "NoNewPrivs") == 1,
                         state == std::string::npos ? '?' : (*status)[state + 8]});
  }
  return processes;
}

bool Within(const RunIds& ids, std::uint32_t uid) { return ids.first <= uid && uid <= ids.last; }

// Of a uid that only runs have, or a confined child of this process.
void AddProcesses(const RunIds& ids, std::set<std::string>& seen) {
  for (const Process& process : Processes()) {
    const bool ours = process.confined && process.parent == static_cast<int>(::getpid());
    if (process.state == 'Z' || !(ours || (ids.own && Within(ids, process.uid)))) continue;
    seen.insert(fmt::format("process {} of uid {}", process.pid, process.uid));
  }
}

void AddMounts(std::set<std::string>& seen) {
  std::istringstream mounts(sys::ReadFile("/proc/self/mountinfo").value_or(""));
  for (std::string line; std::getline(mounts, line);) {
    if (line.find("sandgate") != std::string::npos) seen.insert("mount " + line);
  }
}

std::vector<std::string> WordsOf(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

// The first line of each table of /proc/sysvipc names the columns; cuid is the maker's.
void AddObjects(const RunIds& ids, std::set<std::string>& seen) {
  for (const char* kind : {"shm", "sem", "msg"}) {
    std::istringstream table(sys::ReadFile(std::string("/proc/sysvipc/") + kind).value_or(""));
    std::string line;
    std::getline(table, line);
    const std::vector<std::string> names = WordsOf(line);
    const auto column = std::find(names.begin(), names.end(), "cuid") - names.begin();
    while (std::getline(table, line)) {
      const std::vector<std::string> row = WordsOf(line);
      if (static_cast<std::size_t>(column) >= row.size()) continue;
      const std::uint32_t maker = static_cast<std::uint32_t>(std::strtoul(row[column].c_str(), nullptr, 10));
      if (Within(ids, maker)) seen.insert(fmt::format("System V {}: {} {}", kind, row[0], row[1]));
    }
  }
}

void AddFiles(const RunIds& ids, std::set<std::string>& seen) {
  std::error_code ignored;
  for (const char* folder : {"/dev/shm", "/dev/mqueue", "/tmp", "/var/tmp"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
      struct stat status {};
      if (::lstat(entry.path().c_str(), &status) != 0) continue;
      if (ids.own && Within(ids, status.st_uid)) seen.insert("file " + entry.path().string());
    }
  }
}

}  // namespace

Leftovers::Leftovers(RunIds ids) : ids_(ids), before_(Look()) {}

std::set<std::string> Leftovers::Look() const {
  std::set<std::string> seen;
  AddProcesses(ids_, seen);
  AddMounts(seen);
  AddObjects(ids_, seen);
  AddFiles(ids_, seen);
  return seen;
}

std::vector<std::string> Leftovers::Find() const {
  std::vector<std::string> found;
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) std::this_thread::sleep_for(kPause);
    const std::set<std::string> now = Look();
    found.clear();
    std::ranges::set_difference(now, before_, std::back_inserter(found));
    if (found.empty()) break;
  }
  return found;
}

std::vector<int> SpawnersOf(int pid) {
  std::vector<int> spawners;
  for (const Process& process : Processes()) {
    if (process.parent == pid && !process.confined) spawners.push_back(process.pid);
  }
  return spawners;
}

}  // namespace sandgate::selftest

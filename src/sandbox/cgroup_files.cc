// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cgroup_files.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"

namespace sandgate {

namespace {

constexpr int kRemovals = 200;
constexpr auto kRemovalPause = std::chrono::milliseconds(5);

std::optional<std::uint64_t> NumberAt(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

int Flags(ControlFile::Use use) {
  switch (use) {
    case ControlFile::Use::kRead:
      return O_RDONLY;
    case ControlFile::Use::kWrite:
      return O_WRONLY;
    case ControlFile::Use::kBoth:
      break;
  }
  return O_RDWR;
}

bool Contains(const std::vector<int>& list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

ControlFile::ControlFile(const std::string& folder, std::string_view name, Use use)
    : path_(folder + "/" + std::string(name)), fd_(::open(path_.c_str(), Flags(use) | O_CLOEXEC)) {}

std::string ControlFile::Read() const {
  std::array<char, 4096> buffer;
  const ssize_t n = ::pread(fd_.get(), buffer.data(), buffer.size(), 0);
  if (n < 0) ThrowErrno("read " + path_);
  return {buffer.data(), static_cast<std::size_t>(n)};
}

std::optional<std::uint64_t> ControlFile::Number() const { return NumberAt(Read()); }

std::uint64_t ControlFile::NumberOf(std::string_view key) const {
  const std::string text = "\n" + Read();
  const std::string start = "\n" + std::string(key) + " ";
  const std::size_t line = text.find(start);
  if (line == std::string::npos) return 0;
  return NumberAt(std::string_view(text).substr(line + start.size())).value_or(0);
}

void ControlFile::Write(std::string_view text) const {
  if (::pwrite(fd_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    ThrowErrno("write " + std::string(text) + " to " + path_);
}

bool ControlFile::WriteIfThere(std::string_view text) const {
  return fd_ && ::pwrite(fd_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

std::vector<int> ProcessesIn(const std::string& folder) {
  std::vector<int> processes;
  for (const std::string& line : SplitList(sys::ReadFile(folder + "/cgroup.procs").value_or(""), '\n')) {
    const auto pid = NumberAt(line);
    if (pid && *pid > 0) processes.push_back(static_cast<int>(*pid));  // 0: of a pid namespace not ours
  }
  return processes;
}

// One by one, where the kernel (before 5.14, or version 1) has no word for all. By pidfd, and only who is
// still in it when that is held: the number may be somebody else's by now.
void KillProcessesIn(const std::string& folder) {
  if (ControlFile(folder, "cgroup.kill", ControlFile::Use::kWrite).WriteIfThere("1")) return;
  for (const int pid : ProcessesIn(folder)) {
    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (process && Contains(ProcessesIn(folder), pid)) sys::SendSignal(process.get(), SIGKILL);
  }
}

int RemoveCgroup(const std::string& folder) {
  for (int attempt = 0;; ++attempt) {
    if (::rmdir(folder.c_str()) == 0) return 0;
    if (errno != EBUSY || attempt == kRemovals) return errno;
    std::this_thread::sleep_for(kRemovalPause);
  }
}

int RemoveCgroupTree(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_directory(error)) RemoveCgroupTree(entry.path());
  }
  KillProcessesIn(folder);
  return RemoveCgroup(folder);
}

}  // namespace sandgate

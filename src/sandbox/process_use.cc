// SPDX-License-Identifier: Apache-2.0
#include "sandbox/process_use.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

#include "base/fd.h"
#include "sandbox/file_identity.h"
#include "sandbox/processor_time.h"

namespace sandgate {

namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kBlock = 512;  // of ru_inblock and ru_oublock

std::chrono::nanoseconds Duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// A small file of /proc; empty where it cannot be read.
class ProcFile {
 public:
  ProcFile(pid_t pid, const char* name, std::optional<std::uint32_t> uid) {
    std::array<char, 64> path{};
    fmt::format_to_n(path.data(), path.size() - 1, "/proc/{}/{}", pid, name);
    const FileIdentity identity(uid);
    const Fd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
    const ssize_t size = file ? ::read(file.get(), buffer_.data(), buffer_.size()) : 0;
    text_ = {buffer_.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

  // The number after "name:" at the begin of a line.
  std::optional<std::uint64_t> NumberOf(std::string_view name) const {
    std::size_t at = text_.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    at = text_.find_first_of("0123456789", at + name.size());
    if (at == std::string_view::npos) return std::nullopt;
    std::uint64_t number = 0;
    std::from_chars(text_.data() + at, text_.data() + text_.size(), number);
    return number;
  }

 private:
  std::array<char, 4096> buffer_;
  std::string_view text_;
};

}  // namespace

ProcessUse UseOf(const rusage& usage) {
  return {.processor_time = Duration(usage.ru_utime) + Duration(usage.ru_stime),
          .max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * kKiB,
          .read_bytes = static_cast<std::uint64_t>(usage.ru_inblock) * kBlock,
          .written_bytes = static_cast<std::uint64_t>(usage.ru_oublock) * kBlock};
}

std::optional<ProcessUse> UseOf(pid_t pid, std::optional<std::uint32_t> uid, bool counts_io) {
  const auto time = ProcessorTime(pid);
  const auto memory = ProcFile(pid, "status", std::nullopt).NumberOf("\nVmHWM:");
  if (!time || !memory) return std::nullopt;
  ProcessUse use{.processor_time = *time, .max_rss_bytes = *memory * kKiB};
  if (!counts_io) return use;
  const ProcFile io(pid, "io", uid);
  const auto read = io.NumberOf("\nread_bytes:");
  const auto written = io.NumberOf("\nwrite_bytes:");
  if (!read || !written) return std::nullopt;
  use.read_bytes = *read;
  use.written_bytes = *written;
  return use;
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "obs/console_sink.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include "obs/log.h"

namespace sandgate {

namespace {

constexpr int kGivenAgain = 60;  // a part of the time

// True when PIPE_BUF bytes can be written without a wait (pipe(7)); also when writing would fail.
bool IsWritable(int fd, std::chrono::milliseconds patience) {
  pollfd wanted{fd, POLLOUT, 0};
  int ready = 0;
  do {
    ready = ::poll(&wanted, 1, static_cast<int>(patience.count()));
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

}  // namespace

bool ConsoleSink::AwaitReader() {
  if (IsWritable(fd_, std::chrono::milliseconds(0))) return true;
  const Clock::time_point begin = Clock::now();
  left_ = std::min(patience_, left_ + (begin - looked_) / kGivenAgain);
  looked_ = begin;
  const bool ready = IsWritable(fd_, std::chrono::duration_cast<std::chrono::milliseconds>(left_));
  left_ = std::max(Clock::duration::zero(), left_ - (Clock::now() - begin));
  return ready;
}

void ConsoleSink::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  if (dropped_ > 0) {
    const std::string told =
        (cut_ ? "\n" : "") +
        FormatLogLine(LogTimeNow(), LogLevel::kWarn, "lines are missing here, as nobody read them",
                      {{"lines", dropped_}}) +
        "\n";
    if (!Write(told)) {
      ++dropped_;
      return;
    }
    dropped_ = 0;
    cut_ = false;
  }
  if (!Write({line.data(), line.size()})) ++dropped_;
}

// False where the reader has stopped; then part of `bytes` may have been written.
bool ConsoleSink::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!AwaitReader()) return false;
    const ssize_t written = ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return false;  // another process reads or writes there too
    if (written < 0) return true;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    cut_ = !bytes.empty();
  }
  return true;
}

}  // namespace sandgate

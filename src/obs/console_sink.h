// SPDX-License-Identifier: Apache-2.0
// Writes the log to a descriptor that somebody else reads, and does not wait for a reader that has stopped:
// the server has one thread for all requests.
#pragma once
#include <spdlog/sinks/base_sink.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace sandgate {

class ConsoleSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // `fd` stays the caller's. A reader is waited for `patience` in all, of which a sixtieth of the time that
  // passes is given again; what it is too slow for is dropped, and a line tells how much. Other failures of
  // writing are ignored.
  ConsoleSink(int fd, std::chrono::milliseconds patience) : fd_(fd), patience_(patience), left_(patience) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}
  bool Write(std::string_view bytes);
  bool AwaitReader();

  using Clock = std::chrono::steady_clock;

  int fd_;
  Clock::duration patience_;
  Clock::duration left_;
  Clock::time_point looked_ = Clock::now();
  std::uint64_t dropped_ = 0;
  bool cut_ = false;  // the last line that was written lacks its end
};

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// Preloaded into a server whose wall clock is to jump: what asks for the time of day gets the seconds that
// stand in the file named by $SANDGATE_TEST_CLOCK more. The file may change meanwhile; a clock that was set
// would look the same. Clocks that cannot be set are left alone. For tests/faults/clocks_test.py.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>

namespace {

long Jump() {
  static const char* const kFile = std::getenv("SANDGATE_TEST_CLOCK");
  if (kFile == nullptr) return 0;
  const int fd = ::open(kFile, O_RDONLY | O_CLOEXEC);
  std::array<char, 32> text{};
  const ssize_t n = fd < 0 ? 0 : ::read(fd, text.data(), text.size() - 1);
  if (fd >= 0) ::close(fd);
  return n > 0 ? std::strtol(text.data(), nullptr, 10) : 0;
}

bool IsSettable(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && IsSettable(clock)) now->tv_sec += Jump();
  return static_cast<int>(result);
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  *now = {time.tv_sec, time.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* now) noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  if (now != nullptr) *now = time.tv_sec;
  return time.tv_sec;
}
}

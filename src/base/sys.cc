// SPDX-License-Identifier: Apache-2.0
#include "base/sys.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/text.h"

namespace sandgate::sys {

namespace {

constexpr std::size_t kMaxFdsPerPacket = 16;
constexpr std::size_t kMaxCapture = 1 << 20;

std::vector<char*> CStrings(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void WriteAll(int fd, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) ThrowErrno("write " + what);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::vector<Fd> TakeFds(msghdr& message) {
  std::vector<Fd> fds;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      fds.emplace_back(fd);
    }
  }
  return fds;
}

// Reads `fd` to its end; nothing when the deadline or the cap comes first.
std::optional<std::string> ReadUntil(int fd, std::chrono::steady_clock::time_point deadline) {
  std::string out;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd p{fd, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&p, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0) return std::nullopt;
    if (n == 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(n));
    if (out.size() > kMaxCapture) return std::nullopt;
  }
}

}  // namespace

Fd SealedMemory(const char* name, std::string_view bytes) {
  Fd fd(Check(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
  WriteAll(fd.get(), bytes, name);
  Check(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
        "F_ADD_SEALS");
  Check(static_cast<int>(::lseek(fd.get(), 0, SEEK_SET)), "lseek");
  return fd;
}

PipeEnds Pipe(PipeEnd ours) {
  std::array<int, 2> ends;
  Check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  PipeEnds pipe{Fd(ends[0]), Fd(ends[1])};
  SetNonBlocking(ours == PipeEnd::kRead ? pipe.read.get() : pipe.write.get());
  return pipe;
}

std::pair<Fd, Fd> SeqpacketPair() {
  std::array<int, 2> ends;
  Check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {Fd(ends[0]), Fd(ends[1])};
}

void SendPacket(int socket, std::string_view bytes, std::span<const int> fds) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxFdsPerPacket * sizeof(int))> control{};
  iovec io{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &io;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(c), fds.data(), fds.size_bytes());
  }
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return;
    if (errno != EINTR) ThrowErrno("sendmsg");
  }
}

Received ReceivePacket(int socket, std::size_t max_bytes) {
  // A buffer for the largest packet would be zeroed for each, which costs a spawner a copy of all its pages.
  ssize_t n = -1;
  do {
    n = ::recv(socket, nullptr, 0, MSG_PEEK | MSG_TRUNC);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {std::nullopt, true};
  if (n < 0 && errno != ECONNRESET) ThrowErrno("recv");
  if (n <= 0) return {std::nullopt, false};
  Packet packet;
  packet.bytes.resize(std::min(max_bytes, static_cast<std::size_t>(n)));
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxFdsPerPacket * sizeof(int))> control;
  iovec io{packet.bytes.data(), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &io;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  do {
    n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n < 0) ThrowErrno("recvmsg");
  packet.fds = TakeFds(message);
  packet.bytes.resize(static_cast<std::size_t>(n));
  return {std::move(packet), false};
}

bool IsReady(int fd, short events) {
  pollfd p{fd, events, 0};
  return ::poll(&p, 1, 0) > 0 && (p.revents & events) != 0;
}

bool SendSignal(int pidfd, int signal) {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0;
}

std::uint64_t Readable(int pipe) {
  int bytes = 0;
  Check(::ioctl(pipe, FIONREAD, &bytes), "FIONREAD");
  return static_cast<std::uint64_t>(bytes);
}

std::optional<Exit> Reap(int pidfd) {
  siginfo_t info{};
  Exit exit;
  // The raw call: glibc's waitid has no rusage argument.
  const long result = ::syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | WNOHANG, &exit.usage);
  if (result < 0) ThrowErrno("waitid");
  if (info.si_pid == 0) return std::nullopt;
  exit.code = info.si_code;
  exit.status = info.si_status;
  return exit;
}

void WaitForEnd(int pidfd) {
  // Not waitid(2) alone: it does not wait where the descriptor is non-blocking.
  pollfd ended{pidfd, POLLIN, 0};
  while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
  }
  siginfo_t info{};
  ::syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | WNOHANG, nullptr);
}

namespace {

constexpr std::string_view kPidOfPidfd = "\nPid:\t";

// proc(5): of the main thread, which is where orphans go.
std::vector<std::string> Children() {
  const std::string pid = std::to_string(::getpid());
  return SplitList(ReadFile("/proc/" + pid + "/task/" + pid + "/children").value_or(""), ' ');
}

std::string StatusOf(const std::string& pid) { return ReadFile("/proc/" + pid + "/status").value_or(""); }

// How many pid namespaces a process of that status is seen to be in; 0 where that is not told.
std::size_t PidNamespaceDepth(const std::string& status) {
  constexpr std::string_view kIds = "\nNSpid:";
  const std::size_t line = status.find(kIds);
  if (line == std::string::npos) return 0;
  const std::size_t start = line + kIds.size();
  return SplitList(status.substr(start, status.find('\n', start) - start), '\t').size();
}

}  // namespace

std::set<pid_t> UnheldChildren() try {
  std::set<pid_t> unheld;
  const std::size_t own_depth = PidNamespaceDepth(StatusOf("self"));
  for (const std::string& child : Children()) {
    const std::string status = StatusOf(child);
    const bool ended = status.find("\nState:\tZ") != std::string::npos;
    if (ended || PidNamespaceDepth(status) > own_depth) unheld.insert(std::atoi(child.c_str()));
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo", error)) {
    const std::optional<std::string> info = ReadFile(entry.path().string());
    if (!info && errno == ENOENT) continue;  // another thread has closed it
    if (!info) return {};
    const std::size_t pid = info->find(kPidOfPidfd);
    if (pid != std::string::npos) unheld.erase(std::atoi(info->c_str() + pid + kPidOfPidfd.size()));
  }
  return error ? std::set<pid_t>() : unheld;
} catch (const Error&) {
  return {};  // another thread has closed what was being read
}

pid_t PidOf(int pidfd) {
  const auto info = ReadFile("/proc/self/fdinfo/" + std::to_string(pidfd));
  const std::size_t at = info ? info->find(kPidOfPidfd) : std::string::npos;
  return at == std::string::npos ? -1 : std::atoi(info->c_str() + at + kPidOfPidfd.size());
}

bool ReapOrphans(uid_t uid) {
  bool none_left = true;
  for (const std::string& child : Children()) {
    struct stat status {};
    if (::stat(("/proc/" + child).c_str(), &status) != 0 || status.st_uid != uid) continue;
    if (::waitpid(std::atoi(child.c_str()), nullptr, WNOHANG) == 0) none_left = false;
  }
  return none_left;
}

void SetNonBlocking(int fd) {
  const int flags = Check(::fcntl(fd, F_GETFL), "F_GETFL");
  Check(::fcntl(fd, F_SETFL, flags | O_NONBLOCK), "F_SETFL");
}

std::optional<std::string> ReadFile(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) ThrowErrno("read " + path);
    if (n == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

unsigned Processors() { return std::max(1U, std::thread::hardware_concurrency()); }

void WriteFile(const std::string& path, std::string_view bytes) {
  const Fd fd(Check(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), "open " + path));
  WriteAll(fd.get(), bytes, path);
}

std::optional<std::string> Capture(const std::vector<std::string>& argv,
                                   const std::vector<std::string>& environment, int seconds) {
  PipeEnds pipe = Pipe(PipeEnd::kRead);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, pipe.write.get(), 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, argv[0].c_str(), &actions, nullptr, CStrings(argv).data(),
                                   CStrings(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return std::nullopt;
  pipe.write.reset();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::optional<std::string> out = ReadUntil(pipe.read.get(), deadline);
  if (!out) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return out;
}

}  // namespace sandgate::sys

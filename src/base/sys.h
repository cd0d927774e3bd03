// SPDX-License-Identifier: Apache-2.0
// Thin wrappers of system calls: same meaning, errors as sandgate::Error, descriptors as Fd.
// Not for the child between clone and the end of the jail: these allocate and throw.
#pragma once
#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace sandgate::sys {

// A sealed memory file (memfd_create(2), F_SEAL_*) that holds `bytes`, offset 0, close-on-exec.
Fd SealedMemory(const char* name, std::string_view bytes);

struct PipeEnds {
  Fd read;
  Fd write;
};
// pipe2(2) with O_CLOEXEC; only the end named, which is ours, is non-blocking.
enum class PipeEnd { kRead, kWrite };
PipeEnds Pipe(PipeEnd ours);

// socketpair(2) AF_UNIX SOCK_SEQPACKET, close-on-exec, blocking.
std::pair<Fd, Fd> SeqpacketPair();

// Sends one packet with descriptors (SCM_RIGHTS, unix(7)). Borrows `fds`. MSG_NOSIGNAL.
void SendPacket(int socket, std::string_view bytes, std::span<const int> fds);

struct Packet {
  std::string bytes;
  std::vector<Fd> fds;
};
// Receives one packet of at most `max_bytes`; nothing at end of file, or when the socket is
// non-blocking and empty (errno EAGAIN) — `would_block` tells which.
struct Received {
  std::optional<Packet> packet;
  bool would_block = false;
};
Received ReceivePacket(int socket, std::size_t max_bytes);

// pidfd_send_signal(2); false when the process has gone already.
bool SendSignal(int pidfd, int signal);

// The number of the process as this one sees it (proc(5), fdinfo); -1 when it has gone, or cannot be told.
pid_t PidOf(int pidfd);

// Whether poll(2) tells one of `events` of the descriptor now; a pidfd is readable when its process has
// ended.
bool IsReady(int fd, short events);

// The bytes that a pipe holds (FIONREAD).
std::uint64_t Readable(int pipe);

struct Exit {
  int code = 0;    // CLD_EXITED, CLD_KILLED, CLD_DUMPED (waitid(2))
  int status = 0;  // exit status or signal number
  rusage usage{};
};
// waitid(P_PIDFD) with WEXITED|WNOHANG; nothing while the process lives. The process must be a child.
std::optional<Exit> Reap(int pidfd);

// Blocks until the process of `pidfd` is gone, and reaps it where it is a child. For one that has been
// killed.
void WaitForEnd(int pidfd);

// Reaps children of this thread that have ended and whose uid is `uid`: orphans of a run that came to us
// as their subreaper (PR_SET_CHILD_SUBREAPER). Does not wait; true when no child of that uid is left.
bool ReapOrphans(uid_t uid);

// The children of the main thread that this process has no pidfd of (proc(5), fdinfo), as far as they live in
// a pid namespace below its own or have ended; none where that cannot be told.
std::set<pid_t> UnheldChildren();

void SetNonBlocking(int fd);

// The processors of this machine that are online; at least 1.
unsigned Processors();

// The whole file; nothing when it cannot be opened. Throws Error on a read error.
std::optional<std::string> ReadFile(const std::string& path);
void WriteFile(const std::string& path, std::string_view bytes);

// Runs `argv` with an empty environment but `environment`, no stdin, and returns what it wrote to stdout;
// nothing when it cannot be started, fails, writes over 1 MiB, or takes longer than `seconds`.
std::optional<std::string> Capture(const std::vector<std::string>& argv,
                                   const std::vector<std::string>& environment, int seconds);

}  // namespace sandgate::sys

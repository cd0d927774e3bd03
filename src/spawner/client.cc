// SPDX-License-Identifier: Apache-2.0
#include "spawner/client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <deque>
#include <optional>
#include <span>
#include <string_view>

#include "base/text.h"
#include "base/wire.h"
#include "sandbox/probe.h"
#include "spawner/protocol.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr int kStartSeconds = 30;
constexpr int kAnswerSeconds = 10;  // it is stuck; a fork takes milliseconds
constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);
constexpr const char* kNoAnswer = "the spawner did not answer in time";

std::uint64_t Word(Message message) { return static_cast<std::uint64_t>(message); }

void MapIds(pid_t pid) {
  const std::string proc = "/proc/" + std::to_string(pid);
  sys::WriteFile(proc + "/uid_map", IdentityMap("/proc/self/uid_map"));
  sys::WriteFile(proc + "/gid_map", IdentityMap("/proc/self/gid_map"));
}

void EndProcess(Fd& pidfd) {
  if (!pidfd) return;
  sys::SendSignal(pidfd.get(), SIGKILL);
  sys::WaitForEnd(pidfd.get());
  pidfd.reset();
}

}  // namespace

void Spawned::Kill() const {
  for (const Fd* process : {&pidfd, &init}) {
    if (*process) sys::SendSignal(process->get(), SIGKILL);
  }
}

// An init ends when all others of its namespace have been reaped.
void Spawned::End() {
  Kill();
  for (Fd* process : {&pidfd, &init}) {
    if (*process) sys::WaitForEnd(process->get());
    process->reset();
  }
}

// A request whose answer is awaited; `answer` is empty when the spawner died instead.
struct SpawnerClient::Pending {
  explicit Pending(asio::io_context& io) : done(io, std::chrono::seconds(kAnswerSeconds)) {}
  asio::steady_timer done;  // cancelled when it is
  std::optional<sys::Packet> answer;
};

// The spawner and the connection to it; outlives the client by as long as its last callback takes.
struct SpawnerClient::Link {
  Link(asio::io_context& io, Fd fd, Fd p) : socket(io, fd.release()), process(std::move(p)) {}

  // Ends the spawner first: an exec spawner that saw the socket close would sweep uids of runs that live.
  void Break() {
    EndProcess(process);
    socket.close();
    for (const auto& waiting : pending) waiting->done.cancel();
    pending.clear();
  }

  // The spawner has gone by itself.
  void Lose() {
    Break();
    if (on_end) on_end();
  }

  // Throws SpawnerGone where the spawner has gone, which is told here before the end of its socket is read.
  void Send(std::string_view message, std::span<const int> fds) {
    if (!socket.is_open()) throw SpawnerGone("the spawner died");
    try {
      sys::SendPacket(socket.native_handle(), message, fds);
    } catch (const Error& error) {
      if (error.errno_value() != EPIPE && error.errno_value() != ECONNRESET) throw;
      Lose();
      throw SpawnerGone(error.what());
    }
  }

  asio::posix::stream_descriptor socket;
  Fd process;  // pidfd
  std::deque<std::shared_ptr<Pending>> pending;
  std::function<void()> on_end;
};

SpawnerClient::SpawnerClient(asio::io_context& io, std::string program, SpawnerSpec spec)
    : io_(io), program_(std::move(program)), spec_(std::move(spec)) {}

SpawnerClient::~SpawnerClient() {
  if (link_ && link_->socket.is_open()) link_->Break();
  EndProcess(init_);
}

bool SpawnerClient::alive() const { return link_ && link_->socket.is_open(); }

void SpawnerClient::OnEnd(std::function<void()> on_end) { link_->on_end = std::move(on_end); }

// stdin is empty. A fork server gets pipes for stdout and stderr, as its children have: an interpreter asks
// once what kind of files they are. What it prints there is told when it does not start.
void SpawnerClient::Launch() {
  auto [ours, theirs] = sys::SeqpacketPair();
  sys::PipeEnds output = sys::Pipe(sys::PipeEnd::kRead);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output.write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output.write.get(), STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), kSpawnerSocket);
  // What the server ignores (SIGPIPE, or SIGHUP under nohup) or blocks is not the runs' business.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t signals;
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  // In a session of its own: Ctrl-C in a terminal is for the server, which lets runs end before its spawners.
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  char* argv[] = {const_cast<char*>("sandgate-spawner"), nullptr};
  char* envp[] = {nullptr};
  const int failed = ::posix_spawn(&pid_, program_.c_str(), &actions, &attributes, argv, envp);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) ThrowErrno("start " + program_, failed);
  Fd process(Check(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
  output_ = std::move(output.read);
  link_ = std::make_shared<Link>(io_, std::move(ours), std::move(process));
  WireWriter head;
  head.Word(Word(Message::kSpec));
  sys::SendPacket(link_->socket.native_handle(), head.Take() + EncodeSpec(spec_), {});
}

StartAnswer SpawnerClient::ReadStartOf(sys::Packet& packet) {
  try {
    return ReadStart(packet.bytes, packet.fds.size());
  } catch (const Error& error) {
    throw StartError(error.what());
  }
}

bool SpawnerClient::Handshake(sys::Packet packet) {
  const StartAnswer told = ReadStartOf(packet);
  const bool may_move = spec_.tree.user_namespace;
  if (told.kind != StartAnswer::Kind::kReady && !may_move) throw StartError("it answered out of order");
  if (told.kind == StartAnswer::Kind::kMapIds) {
    MapIds(pid_);
    WireWriter mapped;
    mapped.Word(Word(Message::kIdsMapped));
    sys::SendPacket(link_->socket.native_handle(), mapped.Take(), {});
    return false;
  }
  if (told.kind == StartAnswer::Kind::kMoved) {
    sys::WaitForEnd(link_->process.get());
    link_->process = std::move(packet.fds[0]);
    init_ = std::move(packet.fds[1]);
    return false;
  }
  if (!told.failure.empty()) throw StartError(told.failure);
  notes_ = told.notes;
  return true;
}

// With the end of what it printed.
Error SpawnerClient::StartError(const std::string& what) {
  std::array<char, 4096> buffer;
  const ssize_t n = output_ ? ::read(output_.get(), buffer.data(), buffer.size()) : 0;
  const std::string_view printed = n > 0 ? std::string_view(buffer.data(), static_cast<std::size_t>(n)) : "";
  std::string text = "the " + std::string(SpawnerKindName(spec_.kind)) + " spawner cannot start: " + what;
  if (!Trim(printed).empty()) text += "; it printed: " + std::string(Trim(printed));
  return Error(text);
}

void SpawnerClient::BeginToServe() {
  output_.reset();
  link_->socket.non_blocking(true);
  asio::co_spawn(io_, ReadAnswers(link_), asio::detached);
}

void SpawnerClient::Start() {
  Launch();
  const int socket = link_->socket.native_handle();
  for (;;) {
    pollfd p{socket, POLLIN, 0};
    int ready = 0;
    do {
      ready = ::poll(&p, 1, kStartSeconds * 1000);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) throw StartError(kNoAnswer);
    sys::Received received = sys::ReceivePacket(socket, kMaxPacket);
    if (!received.packet) throw StartError("it ended");
    if (Handshake(std::move(*received.packet))) break;
  }
  BeginToServe();
}

asio::awaitable<void> SpawnerClient::StartInBackground() {
  Launch();
  const std::shared_ptr<Link> link = link_;
  link->socket.non_blocking(true);
  asio::steady_timer deadline(io_, std::chrono::seconds(kStartSeconds));
  deadline.async_wait([link](const boost::system::error_code& error) {
    if (!error) link->socket.cancel();
  });
  for (;;) {
    const auto [error] =
        co_await link->socket.async_wait(asio::posix::stream_descriptor::wait_read, kNoError);
    if (error) throw StartError(kNoAnswer);
    sys::Received received = sys::ReceivePacket(link->socket.native_handle(), kMaxPacket);
    if (received.would_block) continue;
    if (!received.packet) throw StartError("it ended");
    if (Handshake(std::move(*received.packet))) break;
  }
  BeginToServe();
}

asio::awaitable<void> SpawnerClient::ReadAnswers(std::shared_ptr<Link> link) {
  for (;;) {
    const auto [error] =
        co_await link->socket.async_wait(asio::posix::stream_descriptor::wait_read, kNoError);
    if (error || !link->socket.is_open()) co_return;  // the client has gone
    sys::Received received = sys::ReceivePacket(link->socket.native_handle(), kMaxPacket);
    if (received.would_block) continue;
    if (!received.packet || link->pending.empty()) break;
    const auto pending = link->pending.front();
    link->pending.pop_front();
    pending->answer = std::move(received.packet);
    pending->done.cancel();
  }
  link->Lose();
}

asio::awaitable<sys::Packet> SpawnerClient::Ask(std::string message, std::vector<int> fds) {
  const std::shared_ptr<Link> link = link_;
  const auto pending = std::make_shared<Pending>(io_);
  link->Send(message, fds);
  link->pending.push_back(pending);
  for (;;) {
    co_await pending->done.async_wait(kNoError);
    const bool expired = pending->done.expiry() <= std::chrono::steady_clock::now();
    if (pending->answer || !expired || !link->socket.is_open()) break;
    if (!sys::IsReady(link->socket.native_handle(), POLLIN | POLLHUP)) {
      link->Lose();
      throw SpawnerGone(kNoAnswer);
    }
    pending->done.expires_after(std::chrono::seconds(kAnswerSeconds));  // it is this process that was held up
  }
  if (!pending->answer) throw SpawnerGone("the spawner died before it made the run");
  co_return std::move(*pending->answer);
}

asio::awaitable<Spawned> SpawnerClient::Spawn(const std::string& plan, const SpawnFds& fds) {
  const std::uint64_t id = next_id_++;
  WireWriter head;
  head.Word(Word(Message::kSpawn));
  head.Word(id);
  std::vector<int> list = {fds.code, fds.out, fds.err, fds.control, fds.filter};
  list.insert(list.end(), fds.cgroup.begin(), fds.cgroup.end());
  sys::Packet answer = co_await Ask(head.Take() + plan, list);
  const SpawnedAnswer made = ReadSpawned(answer.bytes, id);
  if (made.error != 0) {
    for (const Fd& init : answer.fds) sys::WaitForEnd(init.get());  // the spawner has killed it
    ThrowErrno("clone the run", made.error);
  }
  Spawned spawned;
  spawned.pid = made.pid;
  if (answer.fds.empty()) throw Error("the spawner sent no pidfd");
  spawned.pidfd = std::move(answer.fds[0]);
  if (answer.fds.size() > 1) spawned.init = std::move(answer.fds[1]);
  co_return spawned;
}

asio::awaitable<void> SpawnerClient::Sweep(std::uint32_t uid) {
  WireWriter message;
  message.Word(Word(Message::kSweep));
  message.Word(uid);
  const std::vector<int> none;
  sys::Packet answer = co_await Ask(message.Take(), none);
  if (const int error = ReadSwept(answer.bytes, uid); error != 0)
    ThrowErrno("end the processes of uid " + std::to_string(uid), error);
}

void SpawnerClient::SweepAtEnd(std::uint32_t uid) {
  WireWriter message;
  message.Word(Word(Message::kSweepAtEnd));
  message.Word(uid);
  const std::shared_ptr<Link> link = link_;
  link->Send(message.Take(), {});
}

}  // namespace sandgate

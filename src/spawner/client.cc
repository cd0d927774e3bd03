// SPDX-License-Identifier: Apache-2.0
#include "spawner/client.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "base/error.h"
#include "base/wire.h"
#include "sandbox/probe.h"
#include "spawner/answers.h"
#include "spawner/protocol.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr int kStartSeconds = 30;
constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);

std::uint64_t Word(Message message) { return static_cast<std::uint64_t>(message); }

void MapIds(pid_t pid) {
  const std::string proc = "/proc/" + std::to_string(pid);
  sys::WriteFile(proc + "/uid_map", IdentityMap("/proc/self/uid_map"));
  sys::WriteFile(proc + "/gid_map", IdentityMap("/proc/self/gid_map"));
}

}  // namespace

// A request whose answer is awaited; `answer` is empty when the spawner died instead.
struct SpawnerClient::Pending {
  explicit Pending(asio::io_context& io) : done(io, asio::steady_timer::time_point::max()) {}
  asio::steady_timer done;
  std::optional<sys::Packet> answer;
};

SpawnerClient::SpawnerClient(asio::io_context& io, std::string program, TreeSpec tree)
    : io_(io), program_(std::move(program)), tree_(std::move(tree)) {}

SpawnerClient::~SpawnerClient() { Stop(); }

void SpawnerClient::Stop() {
  socket_.reset();
  for (Fd* fd : {&process_, &init_}) {
    if (!*fd) continue;
    sys::SendSignal(fd->get(), SIGKILL);
    sys::WaitForEnd(fd->get());
    fd->reset();
  }
}

pid_t SpawnerClient::Launch(int theirs) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, theirs, kSpawnerSocket);
  char* argv[] = {const_cast<char*>("sandgate-spawner"), nullptr};
  char* envp[] = {nullptr};
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, program_.c_str(), &actions, nullptr, argv, envp);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) ThrowErrno("start " + program_, failed);
  process_ = Fd(Check(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), "pidfd_open"));
  return pid;
}

sys::Packet SpawnerClient::ReceiveWithin(int seconds) {
  pollfd p{socket_->native_handle(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&p, 1, seconds * 1000);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) throw Error("the spawner did not answer in " + std::to_string(seconds) + " s");
  sys::Received received = sys::ReceivePacket(socket_->native_handle(), kMaxPacket);
  if (!received.packet) throw Error("the spawner ended while it started");
  return std::move(*received.packet);
}

void SpawnerClient::Handshake(pid_t pid) {
  const int socket = socket_->native_handle();
  WireWriter tree;
  tree.Word(Word(Message::kTree));
  sys::SendPacket(socket, tree.Take() + EncodeTree(tree_), {});
  for (;;) {
    sys::Packet packet = ReceiveWithin(kStartSeconds);
    WireReader in(packet.bytes);
    const std::uint64_t kind = in.Word();
    if (kind == Word(Message::kMapIds)) {
      MapIds(pid);
      WireWriter mapped;
      mapped.Word(Word(Message::kIdsMapped));
      sys::SendPacket(socket, mapped.Take(), {});
      continue;
    }
    if (kind == Word(Message::kMoved) && packet.fds.size() == 2) {
      sys::WaitForEnd(process_.get());
      process_ = std::move(packet.fds[0]);
      init_ = std::move(packet.fds[1]);
      continue;
    }
    const char* failure = in.String();
    if (kind != Word(Message::kReady) || failure == nullptr) throw Error("the spawner answered out of order");
    if (*failure != '\0') throw Error(std::string("the spawner cannot build the root tree: ") + failure);
    return;
  }
}

void SpawnerClient::Start() {
  Stop();
  auto [ours, theirs] = sys::SeqpacketPair();
  socket_ = std::make_shared<asio::posix::stream_descriptor>(io_, ours.release());
  try {
    const pid_t pid = Launch(theirs.get());
    theirs.reset();
    Handshake(pid);
  } catch (const Error&) {
    Stop();
    throw;
  }
  ++starts_;
  socket_->non_blocking(true);
  asio::co_spawn(io_, ReadAnswers(socket_), asio::detached);
}

void SpawnerClient::FailPending() {
  for (const auto& pending : pending_) pending->done.cancel();
  pending_.clear();
}

asio::awaitable<void> SpawnerClient::ReadAnswers(std::shared_ptr<asio::posix::stream_descriptor> socket) {
  for (;;) {
    const auto [error] = co_await socket->async_wait(asio::posix::stream_descriptor::wait_read, kNoError);
    if (socket != socket_) co_return;  // stopped, or another one has been started
    if (error) break;
    sys::Received received = sys::ReceivePacket(socket->native_handle(), kMaxPacket);
    if (received.would_block) continue;
    if (!received.packet || pending_.empty()) break;
    const auto pending = pending_.front();
    pending_.pop_front();
    pending->answer = std::move(received.packet);
    pending->done.cancel();
  }
  Stop();
  FailPending();
}

asio::awaitable<sys::Packet> SpawnerClient::Ask(std::string message, std::vector<int> fds) {
  if (!socket_) Start();
  const auto pending = std::make_shared<Pending>(io_);
  pending_.push_back(pending);
  try {
    sys::SendPacket(socket_->native_handle(), message, fds);
  } catch (const Error&) {
    pending_.pop_back();
    throw;
  }
  co_await pending->done.async_wait(kNoError);
  if (!pending->answer) throw Error("the spawner died before it made the run");
  co_return std::move(*pending->answer);
}

asio::awaitable<Spawned> SpawnerClient::Spawn(const std::string& plan, const SpawnFds& fds) {
  const std::uint64_t id = next_id_++;
  WireWriter head;
  head.Word(Word(Message::kSpawn));
  head.Word(id);
  const int handed[] = {fds.code, fds.out, fds.err, fds.control, fds.filter};
  const std::vector<int> list(std::begin(handed), std::end(handed));
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

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "spawner/answers.h"

#include <limits>

#include "base/error.h"
#include "base/wire.h"
#include "spawner/protocol.h"

namespace sandgate {

namespace {

constexpr std::size_t kMaxErrno = 4095;  // the kernel's
constexpr std::size_t kMaxPid = std::numeric_limits<pid_t>::max();

// `subject` tells which request is answered.
bool Answers(WireReader& in, Message kind, std::uint64_t subject) {
  return in.Word() == static_cast<std::uint64_t>(kind) && in.Word() == subject;
}

void CheckRead(const WireReader& in, bool answers) {
  if (!answers || !in.ok() || !in.Rest().empty()) throw Error("the spawner answered out of order");
}

}  // namespace

StartAnswer ReadStart(std::span<char> packet, std::size_t descriptors) {
  constexpr std::size_t kMovedFds = 2;  // the spawner and its init
  WireReader in(packet);
  const auto kind = static_cast<Message>(in.Word());
  if (kind == Message::kMapIds && in.ok()) return {StartAnswer::Kind::kMapIds, "", ""};
  if (kind == Message::kMoved && descriptors == kMovedFds) return {StartAnswer::Kind::kMoved, "", ""};
  const char* failure = in.String();
  const char* notes = in.String();
  if (kind != Message::kReady || !in.ok()) throw Error("it answered out of order");
  return {StartAnswer::Kind::kReady, failure, notes};
}

SpawnedAnswer ReadSpawned(std::span<char> packet, std::uint64_t id) {
  WireReader in(packet);
  const bool answers = Answers(in, Message::kSpawned, id);
  SpawnedAnswer answer;
  answer.error = static_cast<int>(in.Count(kMaxErrno));
  const std::uint64_t pid = in.Word();
  if (answer.error == 0) {
    if (pid == 0 || pid > kMaxPid) throw Error("the spawner answered out of order");
    answer.pid = static_cast<pid_t>(pid);
  }
  CheckRead(in, answers);
  return answer;
}

int ReadSwept(std::span<char> packet, std::uint32_t uid) {
  WireReader in(packet);
  const bool answers = Answers(in, Message::kSwept, uid);
  const int error = static_cast<int>(in.Count(kMaxErrno));
  CheckRead(in, answers);
  return error;
}

}  // namespace sandgate

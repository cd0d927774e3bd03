// SPDX-License-Identifier: Apache-2.0
// Any bytes as a packet between server, spawner and run; the first byte says which. A spawner or run that
// lies is refused or understood, and what is understood lies within the packet.
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/wire.h"
#include "check.h"
#include "jail/jail.h"
#include "jail/plan.h"
#include "jail/tree.h"
#include "spawner/answers.h"

namespace {

using namespace sandgate;
using fuzz::Check;

void CheckInside(std::span<const char> packet, const char* text) {
  if (text == nullptr) return;
  const char* end = packet.data() + packet.size();
  Check(text >= packet.data() && text < end, "a string begins in the packet");
  Check(std::memchr(text, '\0', static_cast<std::size_t>(end - text)) != nullptr,
        "a string ends in the packet");
}

void ReadPlan(std::span<char> packet) {
  JailPlan plan;
  std::memset(static_cast<void*>(&plan), 0xff, sizeof plan);
  if (!DecodePlan(packet, plan)) return;
  for (const char* text : {plan.chroot, plan.tmpfs_options, plan.scratch}) CheckInside(packet, text);
  for (std::size_t i = 0; i < plan.path_count; ++i) CheckInside(packet, plan.paths.at(i).path);
  for (std::size_t i = 0; plan.argv.at(i) != nullptr; ++i) CheckInside(packet, plan.argv.at(i));
  for (std::size_t i = 0; plan.envp.at(i) != nullptr; ++i) CheckInside(packet, plan.envp.at(i));
  Check(plan.argv.at(0) != nullptr && plan.scratch != nullptr, "there is a program and a place");
}

void ReadTree(std::span<char> packet) {
  std::string again = EncodeTree(DecodeTree(packet));
  Check(EncodeTree(DecodeTree(again)) == again, "a tree is the same when it is written and read again");
}

// The first byte stands for the number of descriptors.
void ReadStarts(std::span<char> packet) {
  if (packet.empty()) return;
  const auto descriptors = static_cast<unsigned char>(packet[0]) % 4;
  const StartAnswer told = ReadStart(packet.subspan(1), descriptors);
  Check(told.kind != StartAnswer::Kind::kMoved || descriptors == 2, "it moves with two descriptors");
  Check(told.failure.size() + told.notes.size() <= packet.size(), "texts are within the packet");
}

void ReadAnswers(std::span<char> packet) {
  constexpr std::uint64_t kId = 1;
  try {
    const SpawnedAnswer answer = ReadSpawned(packet, kId);
    Check(answer.error != 0 || answer.pid > 0, "there is a process or an error");
  } catch (const Error&) {
    ReadSwept(packet, static_cast<std::uint32_t>(kId));
  }
}

void ReadRunsReport(std::span<char> packet) {
  if (const auto report = ReadReport({packet.data(), packet.size()})) {
    Check(StepText(report->step) != nullptr, "every step has a text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string packet(fuzz::Text(data + 1, size - 1));
  packet.shrink_to_fit();
  try {
    switch (data[0]) {
      case 'p':
        ReadPlan(packet);
        break;
      case 't':
        ReadTree(packet);
        break;
      case 's':
        ReadStarts(packet);
        break;
      case 'a':
        ReadAnswers(packet);
        break;
      default:
        ReadRunsReport(packet);
        break;
    }
  } catch (const Error&) {
    // The peer is given up.
  }
  return 0;
}

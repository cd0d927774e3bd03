// SPDX-License-Identifier: Apache-2.0
// A refused call with any number, architecture and arguments, of a process whose memory gives any bytes, or
// none, or more or fewer than asked for: the explanation is text that can be shown on a terminal.
#include <linux/audit.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>

#include "base/text.h"
#include "check.h"
#include "policy/decode.h"
#include "policy/explain.h"
#include "policy/policy.h"

namespace {

using namespace sandgate;

const Policy& PolicyOf(bool open) {
  static const Policy kClosed = Policy::Make({});
  static const Policy kOpen = [] {
    PolicyOptions options;
    options.network = options.processes = options.allow_hazardous = true;
    options.allowed_syscalls = {"ptrace", "socket", "206"};
    return Policy::Make(options);
  }();
  return open ? kOpen : kClosed;
}

// What an input begins with; the rest is the memory of the process, in the order of the reads.
struct Head {
  std::uint32_t number;
  std::uint16_t arch;  // an index
  std::uint16_t open;  // which policy
  std::uint64_t args[6];
};

constexpr std::uint32_t kArches[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64, AUDIT_ARCH_I386, 0};

RefusedCall CallOf(const Head& head) {
  RefusedCall call;
  call.number = static_cast<std::int32_t>(head.number);
  call.arch = kArches[head.arch % std::size(kArches)];
  std::copy(std::begin(head.args), std::end(head.args), call.args.begin());
  return call;
}

// A process may change its memory while it is read, and a read may give less than asked for. Two bytes that
// are in no text stand for a read that fails and for one that gives too much.
std::optional<std::string> TakeMemory(std::string_view& memory, std::size_t size) {
  const std::string_view bytes = memory.substr(0, size);
  memory.remove_prefix(bytes.size());
  if (bytes.starts_with('\xfe')) return std::nullopt;
  if (bytes.starts_with('\xfd')) return std::string(size + 1, 'a');
  return std::string(bytes);
}

// True when `text` is UTF-8: AppendJsonString writes \ufffd for bytes that are not.
bool IsUtf8(std::string_view text) {
  std::string json;
  AppendJsonString(json, text);
  for (std::size_t i = 0; i < json.size(); i += json[i] == '\\' ? 2 : 1) {
    if (json.compare(i, 6, "\\ufffd") == 0) return false;
  }
  return true;
}

bool HasControls(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || c1) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Head head{};
  if (size < sizeof head) return 0;
  std::memcpy(&head, data, sizeof head);
  std::string_view memory = fuzz::Text(data, size).substr(sizeof head);
  const Policy& policy = PolicyOf(head.open % 2 != 0);
  const RefusedCall call = CallOf(head);
  std::size_t reads = 0;
  const DecodedCall decoded = DecodeArguments(call, [&](std::uint64_t, std::size_t wanted) {
    ++reads;
    fuzz::Check(wanted <= 4096, "little is read at once");
    return TakeMemory(memory, wanted);
  });
  const Denial denial = Explain(policy, call, decoded);
  fuzz::Check(reads <= 2048, "the number of reads is bounded");
  const std::string sentence = DenialSentence(denial);
  for (const std::string& text : {denial.syscall, denial.args, denial.tried, denial.fix, sentence}) {
    fuzz::Check(text.size() < 16384, "texts are bounded");
    fuzz::Check(IsUtf8(text), "texts are UTF-8");
    fuzz::Check(!HasControls(text), "texts hold no control characters");
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Landlock's user interface up to ABI 6 (landlock(7), Documentation/userspace-api/landlock.rst), as
// distributions' headers lag behind the kernels they run on.
#pragma once
#include <cstdint>

namespace sandgate::landlock {

enum FsAccess : std::uint64_t {
  kExecute = 1ULL << 0,
  kWriteFile = 1ULL << 1,
  kReadFile = 1ULL << 2,
  kReadDir = 1ULL << 3,
  kRemoveDir = 1ULL << 4,
  kRemoveFile = 1ULL << 5,
  kMakeChar = 1ULL << 6,
  kMakeDir = 1ULL << 7,
  kMakeReg = 1ULL << 8,
  kMakeSock = 1ULL << 9,
  kMakeFifo = 1ULL << 10,
  kMakeBlock = 1ULL << 11,
  kMakeSym = 1ULL << 12,
  kRefer = 1ULL << 13,     // ABI 2
  kTruncate = 1ULL << 14,  // ABI 3
  kIoctlDev = 1ULL << 15,  // ABI 5
};

enum NetAccess : std::uint64_t { kBindTcp = 1ULL << 0, kConnectTcp = 1ULL << 1 };     // ABI 4
enum Scope : std::uint64_t { kAbstractUnixSocket = 1ULL << 0, kSignal = 1ULL << 1 };  // ABI 6

struct RulesetAttr {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};

struct [[gnu::packed]] PathBeneathAttr {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
};

inline constexpr int kRulePathBeneath = 1;
inline constexpr unsigned kCreateRulesetVersion = 1;

// The size of RulesetAttr that a kernel of this ABI knows.
constexpr std::size_t AttrSize(std::uint32_t abi) { return abi >= 6 ? 24 : abi >= 4 ? 16 : 8; }

}  // namespace sandgate::landlock

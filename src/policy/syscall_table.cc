// SPDX-License-Identifier: Apache-2.0
// Look-up by name and by number, and the reading of signatures.
#include "policy/syscall_table.h"

#include <linux/audit.h>
#include <seccomp.h>

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/error.h"
#include "policy/syscall_rows.h"

namespace sandgate {

namespace {

struct KindName {
  std::string_view name;
  ArgKind kind;
};

constexpr KindName kKindNames[] = {
    {"int", ArgKind::kInt},
    {"uint", ArgKind::kUint},
    {"long", ArgKind::kLong},
    {"size", ArgKind::kSize},
    {"hex", ArgKind::kHex},
    {"address", ArgKind::kAddress},
    {"path", ArgKind::kPath},
    {"string", ArgKind::kString},
    {"argv", ArgKind::kArgv},
    {"sockaddr", ArgKind::kSockaddr},
    {"fd", ArgKind::kFd},
    {"dirfd", ArgKind::kDirfd},
    {"pid", ArgKind::kPid},
    {"id", ArgKind::kId},
    {"mode", ArgKind::kMode},
    {"signal", ArgKind::kSignal},
    {"open", ArgKind::kOpen},
    {"at", ArgKind::kAt},
    {"prot", ArgKind::kProt},
    {"map", ArgKind::kMap},
    {"clone", ArgKind::kClone},
    {"namespace", ArgKind::kNamespace},
    {"domain", ArgKind::kDomain},
    {"socktype", ArgKind::kSocktype},
    {"protocol", ArgKind::kProtocol},
    {"msg", ArgKind::kMsg},
    {"whence", ArgKind::kWhence},
    {"ioctl", ArgKind::kIoctl},
    {"prctl", ArgKind::kPrctl},
    {"arch_prctl", ArgKind::kArchPrctl},
    {"fcntl", ArgKind::kFcntl},
    {"madvise", ArgKind::kMadvise},
    {"clock", ArgKind::kClock},
    {"rlimit", ArgKind::kRlimit},
    {"who", ArgKind::kWho},
    {"mount", ArgKind::kMount},
    {"ptrace", ArgKind::kPtrace},
    {"bpf", ArgKind::kBpf},
    {"keyctl", ArgKind::kKeyctl},
    {"seccomp", ArgKind::kSeccomp},
    {"futex", ArgKind::kFutex},
    {"memfd", ArgKind::kMemfd},
    {"persona", ArgKind::kPersona},
};

Argument ParseArgument(std::string_view word) {
  const std::size_t colon = word.find(':');
  const std::string_view name = word.substr(0, colon);
  const std::string_view kind = colon == std::string_view::npos ? name : word.substr(colon + 1);
  for (const KindName& row : kKindNames) {
    if (row.name == kind) return {name, row.kind};
  }
  throw Error("system call table: no kind of argument is called " + std::string(kind));
}

std::uint32_t ScmpArch(Architecture architecture) {
  return architecture == Architecture::kAmd64 ? SCMP_ARCH_X86_64 : SCMP_ARCH_AARCH64;
}

int ResolveNumber(const Syscall& call, Architecture architecture) {
  const int known = seccomp_syscall_resolve_name_arch(ScmpArch(architecture), std::string(call.name).c_str());
  if (known >= 0) return known;
  // A pseudo number below -1 says: exists, but on other architectures only.
  constexpr int kFirstShared = 424;
  if (known < -1 || call.number < 0) return -1;
  return call.number >= kFirstShared || architecture == Architecture::kAmd64 ? call.number : -1;
}

// Both directions of the table for each architecture, made once.
struct Index {
  struct Numbers {
    std::unordered_map<std::string_view, int> of;
    std::unordered_map<std::int64_t, const Syscall*> back;
  };
  std::unordered_map<std::string_view, const Syscall*> by_name;
  std::array<Numbers, kArchitectures.size()> by_architecture;

  Index() {
    for (const std::span<const Syscall> rows : SyscallTables()) {
      for (const Syscall& row : rows) Add(row);
    }
  }
  void Add(const Syscall& row) {
    by_name.emplace(row.name, &row);
    for (const Architecture architecture : kArchitectures) {
      const int number = ResolveNumber(row, architecture);
      if (number < 0) continue;
      by_architecture[static_cast<std::size_t>(architecture)].of.emplace(row.name, number);
      by_architecture[static_cast<std::size_t>(architecture)].back.emplace(number, &row);
    }
  }
};

const Index& TheIndex() {
  static const Index kIndex;
  return kIndex;
}

const Index::Numbers& NumbersOf(Architecture architecture) {
  return TheIndex().by_architecture[static_cast<std::size_t>(architecture)];
}

}  // namespace

std::uint64_t SignificantBits(ArgKind kind) {
  switch (kind) {
    case ArgKind::kLong:
    case ArgKind::kSize:
    case ArgKind::kHex:
    case ArgKind::kAddress:
    case ArgKind::kPath:
    case ArgKind::kString:
    case ArgKind::kArgv:
    case ArgKind::kSockaddr:
    case ArgKind::kMount:
    case ArgKind::kPtrace:
      return ~std::uint64_t{0};
    case ArgKind::kMode:
      return 0xffff;  // umode_t
    default:
      return 0xffffffff;  // clone's flags too: the kernel drops the upper half
  }
}

std::string_view ArchitectureName(Architecture architecture) {
  return architecture == Architecture::kAmd64 ? "x86_64" : "aarch64";
}

std::optional<Architecture> ArchitectureOf(std::string_view name) {
  for (const Architecture architecture : kArchitectures) {
    if (name == ArchitectureName(architecture)) return architecture;
  }
  return std::nullopt;
}

Architecture NativeArchitecture() {
  return NativeArch() == AUDIT_ARCH_X86_64 ? Architecture::kAmd64 : Architecture::kAarch64;
}

std::string_view GroupName(SyscallGroup group) {
  switch (group) {
    case SyscallGroup::kFiles:
      return "files";
    case SyscallGroup::kMemory:
      return "memory";
    case SyscallGroup::kProcess:
      return "process";
    case SyscallGroup::kNetwork:
      return "network";
    case SyscallGroup::kSignals:
      return "signals";
    case SyscallGroup::kTime:
      return "time";
    case SyscallGroup::kIpc:
      return "ipc";
    case SyscallGroup::kKernel:
      return "kernel";
    case SyscallGroup::kIdentity:
      return "identity";
  }
  return "";
}

std::vector<std::span<const Syscall>> SyscallTables() {
  return {FileSyscalls(), ProcessSyscalls(), SystemSyscalls()};
}

const Syscall* FindSyscall(std::string_view name) {
  const auto found = TheIndex().by_name.find(name);
  return found == TheIndex().by_name.end() ? nullptr : found->second;
}

const Syscall* FindSyscall(std::int64_t number) { return FindSyscall(number, NativeArchitecture()); }

const Syscall* FindSyscall(std::int64_t number, Architecture architecture) {
  const auto& numbers = NumbersOf(architecture).back;
  const auto found = numbers.find(number);
  return found == numbers.end() ? nullptr : found->second;
}

int SyscallNumber(const Syscall& call) { return SyscallNumber(call, NativeArchitecture()); }

int SyscallNumber(const Syscall& call, Architecture architecture) {
  const auto& numbers = NumbersOf(architecture).of;
  const auto found = numbers.find(call.name);
  return found == numbers.end() ? -1 : found->second;
}

std::vector<Argument> Arguments(const Syscall& call) {
  std::vector<Argument> arguments;
  std::string_view rest = call.signature;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    arguments.push_back(ParseArgument(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return arguments;
}

std::uint32_t NativeArch() {
#if defined(__x86_64__)
  return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  return AUDIT_ARCH_AARCH64;
#else
#error "sandgate knows the system calls of x86_64 and aarch64 only"
#endif
}

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The system calls of Linux on x86_64 and aarch64: name, group, what a program tries with it, arguments.
//
// The policy loader resolves names and argument roles here, explain.cc takes its words from here. A row
// is all there is to add for a new call; the rows stand in syscalls_*.cc, by group. Numbers come from
// libseccomp, for both architectures on either; a row of a call younger than libseccomp's table states its
// number, which is the same on every architecture from 424 on. Server, command line and tests.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sandgate {

enum class SyscallGroup { kFiles, kMemory, kProcess, kNetwork, kSignals, kTime, kIpc, kKernel, kIdentity };

// What an argument is: decides how it is shown and how many of its bits the kernel looks at.
enum class ArgKind {
  kInt,       // 32 bits, shown signed
  kUint,      // 32 bits, shown unsigned
  kLong,      // 64 bits, shown signed
  kSize,      // 64 bits, shown unsigned
  kHex,       // 64 bits, shown in hexadecimal
  kAddress,   // memory of the program that is not shown
  kPath,      // a C string
  kString,    // a C string that is not a path
  kArgv,      // a null-terminated array of C strings
  kSockaddr,  // a struct sockaddr; the next argument is its size
  kFd,
  kDirfd,  // a descriptor or AT_FDCWD
  kPid,
  kId,    // uid or gid
  kMode,  // file type and permissions, octal
  kSignal,
  // Named values and flags, see constants.h.
  kOpen,
  kAt,
  kProt,
  kMap,
  kClone,
  kNamespace,
  kDomain,
  kSocktype,
  kProtocol,
  kMsg,
  kWhence,
  kIoctl,
  kPrctl,
  kArchPrctl,
  kFcntl,
  kMadvise,
  kClock,
  kRlimit,
  kWho,
  kMount,
  kPtrace,
  kBpf,
  kKeyctl,
  kSeccomp,
  kFutex,
  kMemfd,
  kPersona,
};

// The bits of an argument of this kind that the kernel looks at: the lower 32 for an int.
std::uint64_t SignificantBits(ArgKind kind);

struct Argument {
  std::string_view name;
  ArgKind kind = ArgKind::kHex;
};

struct Syscall {
  std::string_view name;
  SyscallGroup group;
  // Reads after "the code tried to".
  std::string_view does;
  // The arguments in order, separated by a blank, each "name:kind", or "kind" where name and kind agree.
  std::string_view signature;
  // Only for calls that libseccomp 2.5 does not know.
  int number = -1;
};

enum class Architecture { kAmd64, kAarch64 };

inline constexpr std::array<Architecture, 2> kArchitectures = {Architecture::kAmd64, Architecture::kAarch64};

// "x86_64", "aarch64".
std::string_view ArchitectureName(Architecture architecture);
std::optional<Architecture> ArchitectureOf(std::string_view name);

// The architecture that this program is built for.
Architecture NativeArchitecture();

std::string_view GroupName(SyscallGroup group);

// Rows of all groups, as spans of static storage.
std::vector<std::span<const Syscall>> SyscallTables();

// Null when there is no such call. `number` is of the architecture that this program is built for;
// calls that this architecture does not have are found by name only.
const Syscall* FindSyscall(std::string_view name);
const Syscall* FindSyscall(std::int64_t number);
const Syscall* FindSyscall(std::int64_t number, Architecture architecture);

// The call's number on the architecture of this program or the named one, or -1 when it is not available
// there.
int SyscallNumber(const Syscall& call);
int SyscallNumber(const Syscall& call, Architecture architecture);

// The arguments of `call`, at most six. Throws Error for a kind that does not exist (a test reads all rows).
std::vector<Argument> Arguments(const Syscall& call);

// AUDIT_ARCH_* (linux/audit.h) of this program.
std::uint32_t NativeArch();

}  // namespace sandgate

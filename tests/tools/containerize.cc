// SPDX-License-Identifier: Apache-2.0
// Starts a program as a container engine with default settings would confine it, for tests that have
// no container engine: containerize [OPTION...] -- PROGRAM ARGUMENT...
//
// Emulated: the 14 default capabilities in every set, a filter with the refusals of the engines' default
// seccomp profile, and read-only mounts under /sys. Not emulated: namespaces, the image's root, AppArmor
// and the masked files of /proc; tests/container/ has the real thing. Must be started as root. It ends by
// execvp, so the program keeps the process id. Called by tests/support/sandgate.py.
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Options {
  std::optional<uid_t> uid;  // an ordinary user without capabilities
  bool docker_filter = true;
  bool landlock = true;
  bool user_namespaces = true;
  bool print_profile = false;
  std::vector<char*> command;  // ends with a null pointer
};

constexpr std::string_view kUsage =
    "usage: containerize [OPTION...] [--] PROGRAM ARGUMENT...\n"
    "  --uid N        an ordinary user without capabilities instead of root with the default ones\n"
    "  --plain        no container filter: namespaces and mounts as far as the user may\n"
    "  --no-landlock  Landlock as on a kernel without it\n"
    "  --no-userns    new user namespaces are refused (implied without --plain)\n"
    "  --print-profile  print the refusals as an engine's seccomp profile and do nothing else\n";

constexpr std::array kContainerCapabilities = {
    CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FOWNER,  CAP_FSETID,     CAP_KILL,  CAP_SETGID,      CAP_SETUID,
    CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SYS_CHROOT, CAP_MKNOD, CAP_AUDIT_WRITE, CAP_SETFCAP};

// What the default profile answers with EPERM to a container without further capabilities.
constexpr std::array kRefusedCalls = {
    // mounts and namespaces
    "mount", "umount2", "pivot_root", "move_mount", "mount_setattr", "open_tree", "fsopen", "fsconfig",
    "fsmount", "fspick", "setns", "unshare", "sethostname", "setdomainname", "quotactl", "quotactl_fd",
    // the kernel itself
    "init_module", "finit_module", "delete_module", "create_module", "query_module", "get_kernel_syms",
    "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "syslog", "acct", "bpf",
    "perf_event_open", "lookup_dcookie", "nfsservctl", "uselib", "sysfs", "ustat", "_sysctl", "vhangup",
    "iopl", "ioperm", "settimeofday", "clock_settime", "stime",
    // keys, memory and other processes
    "add_key", "request_key", "keyctl", "userfaultfd", "mbind", "set_mempolicy", "get_mempolicy",
    "move_pages", "migrate_pages", "kcmp", "pidfd_getfd", "process_madvise",
    // files by handle, asynchronous I/O
    "open_by_handle_at", "fanotify_init", "io_uring_setup", "io_uring_enter", "io_uring_register"};

constexpr std::array kLandlockCalls = {"landlock_create_ruleset", "landlock_add_rule",
                                       "landlock_restrict_self"};

constexpr std::uint64_t kNamespaceFlags =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

[[noreturn]] void Fail(std::string_view what, int error) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(error));
}

void Check(int result, std::string_view what) {
  if (result < 0) Fail(what, errno);
}

uid_t ParseUid(std::string_view text) {
  uid_t uid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error("--uid: not a number");
  return uid;
}

Options ParseOptions(int argc, char** argv) {
  Options options;
  int i = 1;
  for (; i < argc && argv[i][0] == '-'; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--") {
      ++i;
      break;
    }
    if (argument == "--uid" && i + 1 < argc) {
      options.uid = ParseUid(argv[++i]);
    } else if (argument == "--plain") {
      options.docker_filter = false;
    } else if (argument == "--no-landlock") {
      options.landlock = false;
    } else if (argument == "--no-userns") {
      options.user_namespaces = false;
    } else if (argument == "--print-profile") {
      options.print_profile = true;
    } else {
      throw std::runtime_error("unknown option " + std::string(argument) + "\n" + std::string(kUsage));
    }
  }
  options.command.assign(argv + i, argv + argc);
  if (options.command.empty() && !options.print_profile) throw std::runtime_error(std::string(kUsage));
  options.command.push_back(nullptr);
  return options;
}

// A call that is answered with `error` when every comparison holds.
struct Refusal {
  const char* call;
  int error = EPERM;
  std::vector<scmp_arg_cmp> when = {};
};

scmp_arg_cmp FlagSet(unsigned argument, std::uint64_t flag) {
  return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, flag, flag};
}

void AddContainerRefusals(std::vector<Refusal>& refusals) {
  for (const char* call : kRefusedCalls) refusals.push_back({call});
  refusals.push_back({"clone3", ENOSYS});  // its flags cannot be seen by a filter
  for (std::uint64_t flag = 1; flag <= kNamespaceFlags; flag <<= 1) {
    if ((kNamespaceFlags & flag) != 0) refusals.push_back({"clone", EPERM, {FlagSet(0, flag)}});
  }
  refusals.push_back({"socket", EPERM, {scmp_arg_cmp{0, SCMP_CMP_EQ, AF_VSOCK, 0}}});
  // Allowed: PER_LINUX, PER_LINUX32, both with UNAME26, and 0xffffffff, which asks for the present value
  // and is told from the others by its highest bit.
  constexpr std::uint64_t kAllowedBits = 0x20008;
  constexpr std::uint64_t kAsking = 0x80000000;
  for (std::uint64_t bit = 1; bit < kAsking; bit <<= 1) {
    if ((kAllowedBits & bit) != 0) continue;
    refusals.push_back({"personality", EPERM, {scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, kAsking | bit, bit}}});
  }
}

std::vector<Refusal> MakeRefusals(const Options& options) {
  std::vector<Refusal> refusals;
  if (options.docker_filter) {
    AddContainerRefusals(refusals);
  } else if (!options.user_namespaces) {
    refusals.push_back({"unshare", EPERM, {FlagSet(0, CLONE_NEWUSER)}});
    refusals.push_back({"clone", EPERM, {FlagSet(0, CLONE_NEWUSER)}});
    refusals.push_back({"clone3", ENOSYS});
  }
  if (!options.landlock) {
    for (const char* call : kLandlockCalls) refusals.push_back({call, ENOSYS});
  }
  return refusals;
}

void LoadFilter(const std::vector<Refusal>& refusals) {
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_ALLOW),
                                                                seccomp_release);
  if (!filter) Fail("seccomp_init", ENOMEM);
  // Loaded as root before capabilities go, so that programs keep their chance to gain privileges.
  Check(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0), "seccomp_attr_set");
  for (const Refusal& refusal : refusals) {
    const int number = seccomp_syscall_resolve_name(refusal.call);
    if (number == __NR_SCMP_ERROR) continue;
    const auto action = SCMP_ACT_ERRNO(static_cast<std::uint32_t>(refusal.error));
    const int result = seccomp_rule_add_array(
        filter.get(), action, number, static_cast<unsigned>(refusal.when.size()), refusal.when.data());
    // EDOM: a call that this architecture does not have.
    if (result < 0 && result != -EDOM) Fail(std::string("refuse ") + refusal.call, -result);
  }
  const int result = seccomp_load(filter.get());
  if (result < 0) Fail("load the seccomp filter", -result);
}

// The refusals as the JSON that container engines take as a seccomp profile.
void PrintProfile(const std::vector<Refusal>& refusals) {
  std::cout << R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[)";
  const char* separator = "\n";
  for (const Refusal& refusal : refusals) {
    std::cout << separator << R"({"names":[")" << refusal.call
              << R"("],"action":"SCMP_ACT_ERRNO","errnoRet":)" << refusal.error << R"(,"args":[)";
    for (const scmp_arg_cmp& one : refusal.when) {
      std::cout << R"({"index":)" << one.arg << R"(,"value":)" << one.datum_a << R"(,"valueTwo":)"
                << one.datum_b << R"(,"op":")"
                << (one.op == SCMP_CMP_EQ ? "SCMP_CMP_EQ" : "SCMP_CMP_MASKED_EQ") << R"("})";
    }
    std::cout << "]}";
    separator = ",\n";
  }
  std::cout << "\n]}\n";
}

// A private mount table in which everything under /sys, the cgroups too, is read-only.
void MakeSysReadOnly() {
  Check(unshare(CLONE_NEWNS), "unshare the mount table");
  Check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make the mounts private");
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string skipped;
    std::string target;
    for (int i = 0; i < 4; ++i) fields >> skipped;
    fields >> target;
    if (target != "/sys" && target.rfind("/sys/", 0) != 0) continue;
    constexpr unsigned long kFlags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    Check(mount(nullptr, target.c_str(), nullptr, kFlags, nullptr), "make " + target + " read-only");
  }
}

void SetCapabilities(std::uint64_t set) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data = {};
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto word = static_cast<std::uint32_t>(set >> (32 * i));
    data[i] = {word, word, word};
  }
  Check(static_cast<int>(syscall(SYS_capset, &header, data.data())), "capset");
}

void LimitCapabilities() {
  std::uint64_t kept = 0;
  for (const int capability : kContainerCapabilities) kept |= std::uint64_t{1} << capability;
  Check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear the ambient capabilities");
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if ((kept >> capability & 1) == 0) {
      Check(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "drop a capability");
    }
  }
  SetCapabilities(kept);
}

// Changing every user id away from 0 clears the permitted and effective sets.
void BecomeUser(uid_t uid) {
  Check(setgroups(0, nullptr), "setgroups");
  Check(setresgid(uid, uid, uid), "setresgid");
  Check(setresuid(uid, uid, uid), "setresuid");
  Check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear the ambient capabilities");
  SetCapabilities(0);
}

// Returns only after --print-profile.
void Run(int argc, char** argv) {
  const Options options = ParseOptions(argc, argv);
  const std::vector<Refusal> refusals = MakeRefusals(options);
  if (options.print_profile) return PrintProfile(refusals);
  if (geteuid() != 0) throw std::runtime_error("must be started as root");
  if (options.docker_filter) MakeSysReadOnly();
  LoadFilter(refusals);
  if (options.docker_filter) LimitCapabilities();
  if (options.uid) BecomeUser(*options.uid);
  execvp(options.command[0], options.command.data());
  Fail(std::string("start ") + options.command[0], errno);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "containerize: " << error.what() << '\n';
    return 127;
  }
}

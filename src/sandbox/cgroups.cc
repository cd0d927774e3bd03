// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cgroups.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"

namespace sandgate {

namespace {

using Use = ControlFile::Use;

constexpr std::string_view kHomeName = "sandgate-runs-";
constexpr std::size_t kHomeDigits = 16;
constexpr int kHomeAttempts = 3;
constexpr std::uint64_t kLargestCharge = 4 << 20;  // that the kernel makes at once
constexpr std::uint64_t kLeftShare = 8;            // an eighth of the limit may be there when a run begins

// Shares of the processors: cpu.shares in version 1, cpu.weight in version 2. A task has 1024 in version 1.
constexpr std::uint64_t kShare1 = 1024;
constexpr std::array<std::string_view, 2> kShare = {"1024\n", "100\n"};
constexpr std::array<std::string_view, 2> kSmallShare = {"128\n", "12\n"};
constexpr std::string_view kServerShare2 = "1000";
// Buffers of TCP have a limit of their own in version 1, and none unless one is set; the kernel goes over it
// by what each socket needs at least (cgroup-v1/memory.rst). Version 2 counts them as memory.
constexpr std::uint64_t kTcpBuffers = 64 << 20;
constexpr std::uint64_t kTcpBuffersOfAll =
    16 * kTcpBuffers;  // of all runs, and of what earlier ones have left
// A tenth of one processor, in microseconds: cpu.cfs_quota_us, or cpu.max with the period.
constexpr std::string_view kPeriod1 = "10000";
constexpr std::array<std::string_view, 2> kNoQuota = {"-1\n", "max 10000\n"};
constexpr std::array<std::string_view, 2> kSmallQuota = {"1000\n", "1000 10000\n"};

// Ours are told by their names and, while their server lives, by a lock.
bool IsHomeName(std::string_view name) {
  if (!name.starts_with(kHomeName)) return false;
  name.remove_prefix(kHomeName.size());
  return name.size() == kHomeDigits && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Fd TryLock(const std::string& folder) {
  Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

bool IsThere(const std::string& folder) { return ::access(folder.c_str(), F_OK) == 0; }

std::string ServerFolder(const std::string& home) { return home + "/server"; }

ControlFile Open(const std::string& folder, std::string_view name, Use use) {
  ControlFile file(folder, name, use);
  if (!file) ThrowErrno("open " + file.path());
  return file;
}

void Set(const std::string& folder, std::string_view name, std::string_view value) {
  Open(folder, name, Use::kWrite).Write(value);
}

bool SetIfThere(const std::string& folder, std::string_view name, std::string_view value) {
  return ControlFile(folder, name, Use::kWrite).WriteIfThere(value);
}

}  // namespace

CgroupFolders CgroupFolders::OfKernel() {
  return {[](const std::string& folder) { return ::mkdir(folder.c_str(), 0755) == 0 ? 0 : errno; },
          RemoveCgroupTree};
}

std::vector<int> RunCgroup::entries() const {
  std::vector<int> entries;
  for (const Fd& entry : entries_) entries.push_back(entry.get());
  return entries;
}

void RunCgroup::AddEntry(const std::string& folder, int version) {
  folders_.push_back(folder);
  Fd entry(version == 2 ? ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                        : ::open((folder + "/tasks").c_str(), O_WRONLY | O_CLOEXEC));
  if (!entry) ThrowErrno("open " + folder);
  entries_.push_back(std::move(entry));
  if (version == 2) events_of_members_ = Open(folder, "cgroup.events", Use::kRead);
}

// Memory with swap has the same limit: else a run could fill the swap of the machine.
void RunCgroup::LimitMemory1(const std::string& folder, std::uint64_t bytes) {
  Set(folder, "memory.limit_in_bytes", std::to_string(bytes));
  const ControlFile swap(folder, "memory.memsw.limit_in_bytes", Use::kWrite);
  if (!swap.WriteIfThere(std::to_string(bytes))) SetIfThere(folder, "memory.swappiness", "0");
  SetIfThere(folder, "memory.kmem.tcp.limit_in_bytes", std::to_string(kTcpBuffers));
  tcp_buffers_ = ControlFile(folder, "memory.kmem.tcp.usage_in_bytes", Use::kRead);
  usage_ = Open(folder, "memory.usage_in_bytes", Use::kRead);
  peak_ = Open(folder, "memory.max_usage_in_bytes", Use::kBoth);
  events_ = Open(folder, "memory.oom_control", Use::kRead);
  event_ = Fd(Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
  Set(folder, "cgroup.event_control", std::to_string(event_.get()) + " " + std::to_string(events_.fd()));
  memory_limit_ = bytes;
}

// One process that is ended for memory ends the whole run: half a run is of no use to anybody.
void RunCgroup::LimitMemory2(const std::string& folder, std::uint64_t bytes) {
  Set(folder, "memory.max", std::to_string(bytes));
  SetIfThere(folder, "memory.swap.max", "0");
  SetIfThere(folder, "memory.oom.group", "1");
  usage_ = Open(folder, "memory.current", Use::kRead);
  peak_ = ControlFile(folder, "memory.peak", Use::kBoth);  // begun anew since 6.12
  events_ = Open(folder, "memory.events", Use::kRead);
  memory_limit_ = bytes;
}

void RunCgroup::LimitProcesses(const std::string& folder, const CgroupLimits& limits) {
  Set(folder, "pids.max", std::to_string(limits.processes));
  process_count_ = ControlFile(folder, "pids.current", Use::kRead);
  process_peak_ = ControlFile(folder, "pids.peak", Use::kRead);
}

void RunCgroup::ShareProcessors(const std::string& folder, int version, bool background) {
  share_ = Open(folder, version == 1 ? "cpu.shares" : "cpu.weight", Use::kWrite);
  small_share_ = kSmallShare.at(version - 1);
  first_share_ = background ? small_share_ : kShare.at(version - 1);
  if (!StopsOnTheWayOut()) return;
  // Of another period the quota would be another share.
  const bool has_period = version == 2 || SetIfThere(folder, "cpu.cfs_period_us", kPeriod1);
  if (!has_period) return;
  quota_ = ControlFile(folder, version == 1 ? "cpu.cfs_quota_us" : "cpu.max", Use::kWrite);
  no_quota_ = kNoQuota.at(version - 1);
  small_quota_ = kSmallQuota.at(version - 1);
}

bool StopsOnTheWayOut() {
  utsname name{};
  int major = 0;
  int minor = 0;
  if (::uname(&name) != 0 || std::sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  return std::pair(major, minor) >= std::pair(6, 18);
}

// Besides, whoever has more wakes up at once beside one who has less, and not a time slice later: its virtual
// deadline is the earlier one (sched-eevdf.rst).
void RunCgroup::GiveWay(bool gives_way) const {
  if (gives_way == gives_way_) return;
  if (share_.WriteIfThere(gives_way ? small_share_ : first_share_)) gives_way_ = gives_way;
}

std::optional<std::uint64_t> RunCgroup::CountProcesses() const try {
  return process_count_ ? process_count_.Number() : std::nullopt;
} catch (const Error&) {
  return std::nullopt;
}

std::vector<int> RunCgroup::Processes() const { return ProcessesIn(folders_.front()); }

void RunCgroup::HoldBack(bool hold) const {
  if (hold == held_back_ || !CanBeHeldBack()) return;
  if (quota_.WriteIfThere(hold ? small_quota_ : no_quota_)) held_back_ = hold;
}

// In version 1 without a count the file is opened anew: of one that stays open the kernel repeats what it
// last told anybody, for as long as somebody asks at least once a second (cgroup_pidlist_start() in
// kernel/cgroup/cgroup-v1.c).
bool RunCgroup::HoldsProcesses() const {
  if (events_of_members_) return events_of_members_.NumberOf("populated") != 0;
  if (process_count_) return process_count_.Number() != 0;
  return !Open(folders_.front(), "cgroup.procs", Use::kRead).Read().empty();
}

// What the kernel can drop at any time, files that were read most of all, does not count.
RunCgroup::Left RunCgroup::WhatIsLeft() const {
  if (tcp_buffers_ && tcp_buffers_.Number().value_or(0) > kTcpBuffers / kLeftShare) return Left::kSockets;
  const std::uint64_t most = memory_limit_ / kLeftShare;
  if (memory_limit_ == 0 || usage_.Number().value_or(0) <= most) return Left::kNothing;
  const ControlFile stat = Open(folders_.front(), "memory.stat", Use::kRead);
  if (stat.NumberOf("anon") + stat.NumberOf("rss") + stat.NumberOf("shmem") > most) return Left::kMemory;
  return stat.NumberOf("sock") > most ? Left::kSockets : Left::kNothing;
}

// Version 1 does not count it, but has a maximum for each run.
bool RunCgroup::WasAtLimit() const {
  if (!event_) return events_.NumberOf("oom") > reached_before_;
  return peak_ && peak_.Number().value_or(0) + kLargestCharge >= memory_limit_;
}

std::optional<std::uint64_t> RunCgroup::PeakProcesses() const {
  if (!process_peak_) return std::nullopt;
  const std::uint64_t peak = process_peak_.Number().value_or(0);
  if (peak < 1 || (peak > 1 && peak <= process_peak_before_)) return std::nullopt;
  return peak;
}

void RunCgroup::Begin() {
  HoldBack(false);
  if (held_back_) throw Error("the quota of " + quota_.path() + " cannot be taken back");
  share_.WriteIfThere(first_share_);
  gives_way_ = false;
  if (process_peak_) process_peak_before_ = process_peak_.Number().value_or(0);
  if (memory_limit_ == 0) return;
  // The maximum of before is told as this run's nowhere: it can be begun anew, or it is not read at all.
  if (peak_ && !peak_.WriteIfThere("0\n")) peak_ = ControlFile();
  eventfd_t ignored = 0;
  if (event_) ::eventfd_read(event_.get(), &ignored);
  killed_before_ = events_.NumberOf("oom_kill");
  reached_before_ = events_.NumberOf("oom");
}

CgroupUse RunCgroup::Use() const try {
  CgroupUse use;
  use.peak_processes = PeakProcesses();
  if (memory_limit_ == 0) return use;
  // Somebody who was killed while the limit around the server was in the way is not this limit's.
  use.memory_reached = events_.NumberOf("oom_kill") > killed_before_ && WasAtLimit();
  if (peak_) use.peak_memory_bytes = peak_.Number();
  return use;
} catch (const Error&) {
  return {};
}

Cgroups::Cgroups(CgroupPlace place, CgroupLimits limits, CgroupFolders folders)
    : place_(std::move(place)), limits_(limits), folders_(std::move(folders)) {
  if (limits_.memory_bytes == 0 && place_.version == 1) place_.memory.clear();
  if (limits_.processes == 0 && place_.version == 1) place_.pids.clear();
  for (const std::string& parent : {place_.memory, place_.pids, place_.cpu}) {
    const bool there =
        std::any_of(homes_.begin(), homes_.end(), [&](const Home& home) { return home.parent == parent; });
    if (!parent.empty() && !there) AddHome(parent);
  }
}

Cgroups::~Cgroups() {
  for (const auto& [number, cgroup] : cgroups_) {
    if (!cgroup) continue;
    for (const std::string& folder : cgroup->folders_) folders_.remove(folder);
  }
  for (const Home& home : homes_) {
    if (!place_.moves || MoveBack(home)) folders_.remove(home.folder);
  }
}

std::string Cgroups::GivenControllers(char sign) const {
  std::string controllers = std::string(1, sign) + "memory";
  if (!place_.pids.empty()) controllers += std::string(" ") + sign + "pids";
  if (!place_.cpu.empty()) controllers += std::string(" ") + sign + "cpu";
  return controllers;
}

void Cgroups::MakeFolder(const std::string& folder) const {
  if (const int error = folders_.make(folder); error != 0) ThrowErrno("make the cgroup " + folder, error);
}

void Cgroups::AddHome(const std::string& parent) {
  RemoveDead(parent);
  homes_.push_back({parent, "", Fd()});
  MakeHome(homes_.back());
}

// Again when a server that starts at the same moment took the new folder for one of the dead.
void Cgroups::MakeHome(Home& home) {
  home.lock.reset();
  for (int attempt = 0; attempt < kHomeAttempts && !home.lock; ++attempt) {
    home.folder = home.parent + "/" + std::string(kHomeName) + RandomHex(kHomeDigits / 2);
    MakeFolder(home.folder);
    home.lock = TryLock(home.folder);
    if (home.lock && !IsThere(home.folder)) home.lock.reset();
  }
  if (!home.lock) throw Error("the cgroup " + home.folder + " cannot be locked");
  if (place_.version == 1 && home.parent == place_.memory) {
    SetIfThere(home.folder, "memory.kmem.tcp.limit_in_bytes", std::to_string(kTcpBuffersOfAll));
  }
  if (place_.version == 1 && home.parent == place_.cpu) ShareProcessors1(home);
  if (place_.version != 2) return;
  try {
    if (place_.moves) MoveIn(home);
    Set(home.folder, "cgroup.subtree_control", GivenControllers('+'));
    // Runs have equal shares; the server, which all wait for, has a larger one.
    if (place_.moves) SetIfThere(ServerFolder(home.folder), "cpu.weight", kServerShare2);
  } catch (const Error&) {
    if (!place_.moves || MoveBack(home)) folders_.remove(home.folder);
    throw;
  }
}

// Each task of the server has a share of its own, and all runs together have one for each processor, of which
// each run has an equal part, however many processes it has.
void Cgroups::ShareProcessors1(const Home& home) const {
  const unsigned processors = sys::Processors();
  Set(home.folder, "cpu.shares", std::to_string(kShare1 * processors));
}

void Cgroups::RemoveDead(const std::string& parent) const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    if (!IsHomeName(entry.path().filename().string())) continue;
    const std::string folder = entry.path();
    const Fd lock = TryLock(folder);
    if (!lock) continue;
    const std::vector<int> in_server = ProcessesIn(ServerFolder(folder));
    if (std::find(in_server.begin(), in_server.end(), ::getpid()) != in_server.end()) continue;
    folders_.remove(folder);
  }
}

// cgroups(7), "no internal processes": this process leaves the parent before its children get controllers.
void Cgroups::MoveIn(const Home& home) {
  MakeFolder(ServerFolder(home.folder));
  Set(ServerFolder(home.folder), "cgroup.procs", std::to_string(::getpid()));
  Set(home.parent, "cgroup.subtree_control", GivenControllers('+'));
}

// False when this process is still in there.
bool Cgroups::MoveBack(const Home& home) const {
  SetIfThere(home.folder, "cgroup.subtree_control", GivenControllers('-'));
  SetIfThere(home.parent, "cgroup.subtree_control", GivenControllers('-'));
  return ControlFile(home.parent, "cgroup.procs", Use::kWrite).WriteIfThere(std::to_string(::getpid()));
}

std::shared_ptr<RunCgroup> Cgroups::Make(std::uint32_t number) {
  auto cgroup = std::make_shared<RunCgroup>();
  const auto own = own_limits_.find(number);
  const CgroupLimits& limits = own == own_limits_.end() ? limits_ : own->second;
  for (Home& home : homes_) {
    if (!IsThere(home.folder)) MakeHome(home);
    const std::string folder = home.folder + "/" + std::to_string(number);
    if (IsThere(folder)) folders_.remove(folder);
    MakeFolder(folder);
    const bool memory = home.parent == place_.memory && limits.memory_bytes != 0;
    if (memory && place_.version == 1) cgroup->LimitMemory1(folder, limits.memory_bytes);
    if (memory && place_.version == 2) cgroup->LimitMemory2(folder, limits.memory_bytes);
    if (home.parent == place_.pids && limits.processes != 0) cgroup->LimitProcesses(folder, limits);
    if (home.parent == place_.cpu) cgroup->ShareProcessors(folder, place_.version, limits.background);
    cgroup->AddEntry(folder, place_.version);
  }
  cgroup->Begin();
  return cgroup;
}

std::shared_ptr<const RunCgroup> Cgroups::Take(std::uint32_t number) {
  std::shared_ptr<RunCgroup>& cgroup = cgroups_[number];
  if (cgroup) {
    try {
      if (cgroup->HoldsProcesses()) {
        for (const std::string& folder : cgroup->folders_) KillProcessesIn(folder);
        return nullptr;
      }
      const RunCgroup::Left left = cgroup->WhatIsLeft();
      if (left == RunCgroup::Left::kMemory) return nullptr;
      if (left == RunCgroup::Left::kNothing) {
        cgroup->Begin();
        return cgroup;
      }
    } catch (const Error&) {
      cgroup.reset();  // somebody has removed it
    }
  }
  cgroup = Make(number);
  return cgroup;
}

}  // namespace sandgate

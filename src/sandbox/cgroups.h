// SPDX-License-Identifier: Apache-2.0
// The cgroups of runs: one for each slot, made when the slot is first used, used again, removed at the end.
// It limits the memory and the number of processes of a run as a whole, gives each run that works an equal
// share of the processors, and tells what was used and whether a limit ended it. The server alone.
//
// A run is born in its cgroup (version 2, CLONE_INTO_CGROUP) or enters it first of all (version 1, a thread
// that writes 0 to `tasks`): moving any other process would block all forks for 12 ms.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "sandbox/cgroup_files.h"
#include "sandbox/cgroup_place.h"

namespace sandgate {

struct CgroupLimits {
  std::uint64_t memory_bytes = 0;
  std::uint64_t processes = 0;
  bool background = false;  // an eighth of a run's share of the processors
};

// What one run used.
struct CgroupUse {
  bool memory_reached = false;                     // the kernel ended processes of it at its memory limit
  std::optional<std::uint64_t> peak_memory_bytes;  // nothing where the kernel does not tell
  // Threads too. The kernel keeps the largest number since the cgroup was made, so this is
  // nothing where an earlier run had as many, unless there cannot have been fewer.
  std::optional<std::uint64_t> peak_processes;
};

// mkdir(2) and rmdir(2); tests give those of a tree of their own. Return 0 or an errno.
struct CgroupFolders {
  std::function<int(const std::string& folder)> make;
  std::function<int(const std::string& folder)> remove;  // with what is below it, and the processes

  static CgroupFolders OfKernel();
};

// True where the kernel stops a process that has used up its quota of processor time on the way back to its
// program, and not with locks in hand that others wait for: since 6.18 ("sched/fair: Switch to task based
// throttle model").
bool StopsOnTheWayOut();

// The cgroup of one slot; in version 1 one for memory, one for processes and one for the processors.
class RunCgroup {
 public:
  // What a child of it is made with: in version 2 the folder, in version 1 the files `tasks`.
  std::vector<int> entries() const;
  // Readable when memory may be over, where the kernel then ends one process and not all (version 1); -1:
  // none.
  int event() const { return event_.get(); }
  // Since it was taken. Nothing is told where somebody has removed it.
  CgroupUse Use() const;
  // Whether it has an eighth of its share of the processors, at the latest until it is taken again. Nothing
  // where it has none. Not for a run while it forks: one of its processes that holds a lock of the memory
  // which it has in common with its fork server (anon_vma) would be late to let go, and all other runs of
  // that server wait.
  void GiveWay(bool gives_way) const;
  // False where HoldBack() does nothing, so that nobody need look.
  bool CanBeHeldBack() const { return static_cast<bool>(quota_); }
  // How many processes and threads are in it now; one that has ended counts until it is reaped
  // (pids_release() in kernel/cgroup/pids.c). Nothing where the kernel does not tell.
  std::optional<std::uint64_t> CountProcesses() const;
  // Those in it now; none where somebody has removed it.
  std::vector<int> Processes() const;
  // Whether it has no more than a tenth of one processor, at the latest until it is taken again. Nothing
  // where not StopsOnTheWayOut().
  void HoldBack(bool hold) const;

 private:
  friend class Cgroups;
  // More than a run may find there. Buffers of TCP that a peer has not taken stay until it does or the kernel
  // gives up, minutes after the process has gone.
  enum class Left { kNothing, kMemory, kSockets };

  void LimitMemory1(const std::string& folder, std::uint64_t bytes);
  void LimitMemory2(const std::string& folder, std::uint64_t bytes);
  void LimitProcesses(const std::string& folder, const CgroupLimits& limits);
  void ShareProcessors(const std::string& folder, int version, bool background);
  void AddEntry(const std::string& folder, int version);
  bool HoldsProcesses() const;
  Left WhatIsLeft() const;
  void Begin();
  bool WasAtLimit() const;
  std::optional<std::uint64_t> PeakProcesses() const;

  std::vector<std::string> folders_;  // that of memory first
  std::vector<Fd> entries_;
  ControlFile events_of_members_;   // of version 2
  std::uint64_t memory_limit_ = 0;  // 0: none, and the files below are empty
  ControlFile usage_;
  ControlFile tcp_buffers_;  // of version 1
  ControlFile peak_;         // also empty where it cannot be begun anew
  ControlFile events_;       // counts who was killed
  Fd event_;
  ControlFile process_count_;
  ControlFile process_peak_;  // empty where the kernel has none (before 6.1)
  ControlFile share_;         // of the processors
  std::string_view first_share_;
  std::string_view small_share_;
  ControlFile quota_;  // empty where it is not to be used
  std::string_view no_quota_;
  std::string_view small_quota_;
  mutable bool gives_way_ = false;
  mutable bool held_back_ = false;
  std::uint64_t process_peak_before_ = 0;
  std::uint64_t killed_before_ = 0;
  std::uint64_t reached_before_ = 0;
};

class Cgroups {
 public:
  // Makes a folder of its own in `place`, moves this process where that asks for it, and removes what
  // servers that died have left. A limit of 0 is none. Throws Error.
  Cgroups(CgroupPlace place, CgroupLimits limits, CgroupFolders folders = CgroupFolders::OfKernel());
  // Removes all, with what still runs in it, and moves back.
  ~Cgroups();
  Cgroups(const Cgroups&) = delete;
  Cgroups& operator=(const Cgroups&) = delete;

  // Slot `number` has these limits from when its cgroup is made, which it must not be yet, or with the same.
  void SetLimits(std::uint32_t number, CgroupLimits limits) { own_limits_[number] = limits; }
  // The cgroup of slot `number`, with limits in force and counters begun anew; null while processes of an
  // earlier run are in it, which it kills, or memory that one has left. One that somebody has removed is made
  // again, and so is one in which buffers of sockets were left. Throws Error where it cannot be made.
  std::shared_ptr<const RunCgroup> Take(std::uint32_t number);

 private:
  struct Home {
    std::string parent;  // where it is
    std::string folder;  // ours
    Fd lock;
  };

  std::string GivenControllers(char sign) const;
  void AddHome(const std::string& parent);
  void MakeHome(Home& home);
  void ShareProcessors1(const Home& home) const;
  void RemoveDead(const std::string& parent) const;
  void MoveIn(const Home& home);
  bool MoveBack(const Home& home) const;
  void MakeFolder(const std::string& folder) const;
  std::shared_ptr<RunCgroup> Make(std::uint32_t number);

  CgroupPlace place_;
  CgroupLimits limits_;
  CgroupFolders folders_;
  std::map<std::uint32_t, CgroupLimits> own_limits_;
  std::vector<Home> homes_;
  std::map<std::uint32_t, std::shared_ptr<RunCgroup>> cgroups_;
};

}  // namespace sandgate

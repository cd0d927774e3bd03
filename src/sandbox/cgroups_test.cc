// SPDX-License-Identifier: Apache-2.0
// Against a folder that looks like a cgroup filesystem. What the kernel does with the real one is tested in
// cgroup_kernel_test.cc.
#include "sandbox/cgroups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "sandbox/cgroup_test_support.h"
#include "sandbox/slots.h"

namespace sandgate {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr CgroupLimits kLimits{64 * kMiB, 17};
constexpr std::uint32_t kSlot = 10000;

std::vector<std::string> Entries(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) names.push_back(entry.path());
  }
  return names;
}

// The only folder in it.
std::string Only(const std::string& folder) {
  const std::vector<std::string> names = Entries(folder);
  EXPECT_THAT(names, SizeIs(1));
  return names.empty() ? "" : names[0];
}

// The last value written: a file of the tree keeps what was longer behind it.
std::string Share(const std::string& folder, const std::string& name) {
  const std::string text = FakeCgroups::Get(folder, name);
  return text.substr(0, text.find('\n'));
}

class Version1 : public testing::Test {
 protected:
  Version1() {
    tree_.Make(memory_);
    tree_.Make(pids_);
    tree_.Make(cpu_);
  }
  CgroupPlace Place() const { return {.version = 1, .memory = memory_, .pids = pids_, .cpu = cpu_}; }
  std::string Memory() const { return Only(Only(memory_)); }  // of the only slot in use
  std::string Pids() const { return Only(Only(pids_)); }

  FakeCgroups tree_{1};
  std::string memory_ = tree_.root() + "/memory";
  std::string pids_ = tree_.root() + "/pids";
  std::string cpu_ = tree_.root() + "/cpu";
};

class Version2 : public testing::Test {
 protected:
  Version2() { tree_.Make(own_); }
  CgroupPlace Place() const { return {.version = 2, .memory = own_, .pids = own_, .cpu = own_}; }
  std::string Run() const { return Only(Only(own_)); }

  FakeCgroups tree_{2};
  std::string own_ = tree_.root() + "/own";
};

TEST_F(Version1, LimitsAreWritten) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  ASSERT_TRUE(cgroup);
  EXPECT_THAT(cgroup->entries(), SizeIs(3));
  EXPECT_EQ(FakeCgroups::Get(Memory(), "memory.limit_in_bytes"), std::to_string(64 * kMiB));
  EXPECT_EQ(FakeCgroups::Get(Memory(), "memory.memsw.limit_in_bytes"), std::to_string(64 * kMiB));
  EXPECT_EQ(FakeCgroups::Get(Memory(), "memory.kmem.tcp.limit_in_bytes"), std::to_string(64 * kMiB));
  EXPECT_EQ(FakeCgroups::Get(Only(memory_), "memory.kmem.tcp.limit_in_bytes"), std::to_string(1024 * kMiB));
  EXPECT_EQ(FakeCgroups::Get(Memory(), "pids.max"), "");
  EXPECT_EQ(FakeCgroups::Get(Pids(), "pids.max"), "17");
  // A task of the server has 1024; all runs together have that for each processor, in equal parts.
  EXPECT_GE(std::stoi(FakeCgroups::Get(Only(cpu_), "cpu.shares")), 1024);
  EXPECT_EQ(FakeCgroups::Get(Only(Only(cpu_)), "cpu.shares"), "1024");
}

TEST_F(Version2, LimitsAreWritten) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  ASSERT_TRUE(cgroup);
  EXPECT_THAT(cgroup->entries(), SizeIs(1));
  EXPECT_EQ(FakeCgroups::Get(Run(), "memory.max"), std::to_string(64 * kMiB));
  EXPECT_EQ(FakeCgroups::Get(Run(), "memory.swap.max"), "0");
  EXPECT_EQ(FakeCgroups::Get(Run(), "memory.oom.group"), "1");
  EXPECT_EQ(FakeCgroups::Get(Run(), "pids.max"), "17");
  EXPECT_EQ(FakeCgroups::Get(Only(own_), "cgroup.subtree_control"), "+memory +pids +cpu");
}

TEST_F(Version1, WhoGivesWayHasItsShareAgainInTheNextRun) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  cgroups.Take(kSlot)->GiveWay(true);
  EXPECT_EQ(Share(Only(Only(cpu_)), "cpu.shares"), "128");
  cgroups.Take(kSlot);
  EXPECT_EQ(Share(Only(Only(cpu_)), "cpu.shares"), "1024");
}

TEST_F(Version2, WhoGivesWayHasItsShareAgainInTheNextRun) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  cgroups.Take(kSlot)->GiveWay(true);
  EXPECT_EQ(Share(Run(), "cpu.weight"), "12");
  cgroups.Take(kSlot);
  EXPECT_EQ(Share(Run(), "cpu.weight"), "100");
}

// Where the kernel would stop a process with its locks in hand nothing is written.
std::string Where(std::string_view held, std::string_view free) {
  return std::string(StopsOnTheWayOut() ? held : free);
}

TEST_F(Version1, WhoIsHeldBackIsFreeAgainInTheNextRun) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  const auto quota = [this] { return Share(Only(Only(cpu_)), "cpu.cfs_quota_us"); };
  cgroup->HoldBack(true);
  EXPECT_EQ(quota(), Where("1000", "-1"));
  cgroup->HoldBack(false);
  EXPECT_EQ(quota(), "-1");
  cgroup->HoldBack(true);
  cgroups.Take(kSlot);
  EXPECT_EQ(quota(), "-1");
}

TEST_F(Version2, WhoIsHeldBackIsFreeAgainInTheNextRun) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  cgroups.Take(kSlot)->HoldBack(true);
  EXPECT_EQ(Share(Run(), "cpu.max"), Where("1000 10000", "max 100000"));
  cgroups.Take(kSlot);
  EXPECT_THAT(Share(Run(), "cpu.max"), StartsWith("max "));
}

TEST_F(Version1, TellsItsProcesses) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  FakeCgroups::Put(Memory(), "cgroup.procs", "11\n12\n");
  EXPECT_THAT(cgroup->Processes(), testing::ElementsAre(11, 12));
}

TEST_F(Version1, CountsItsProcessesAndThreads) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  FakeCgroups::Put(Pids(), "pids.current", "3\n");
  EXPECT_EQ(cgroup->CountProcesses(), 3u);
  FakeCgroups::Put(Pids(), "pids.current", "max\n");
  EXPECT_EQ(cgroup->CountProcesses(), std::nullopt);
}

TEST_F(Version2, CountsItsProcessesAndThreads) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  FakeCgroups::Put(Run(), "pids.current", "3\n");
  EXPECT_EQ(cgroup->CountProcesses(), 3u);
}

TEST_F(Version1, WhatWorksInTheBackgroundHasASmallerShare) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  CgroupLimits background = kLimits;
  background.background = true;
  cgroups.SetLimits(kSlot, background);
  cgroups.Take(kSlot);
  EXPECT_EQ(Share(Only(Only(cpu_)), "cpu.shares"), "128");
}

TEST_F(Version1, WithoutAMemoryLimitOnlyProcessesAreCounted) {
  Cgroups cgroups(Place(), {.memory_bytes = 0, .processes = 17}, tree_.folders());
  EXPECT_THAT(cgroups.Take(kSlot)->entries(), SizeIs(2));
  EXPECT_THAT(Entries(memory_), IsEmpty());
  EXPECT_EQ(FakeCgroups::Get(Pids(), "pids.max"), "17");
}

TEST_F(Version1, PeakAndEndAreThoseOfTheRun) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  EXPECT_FALSE(cgroup->Use().memory_reached);
  FakeCgroups::Put(Memory(), "memory.max_usage_in_bytes", "5000000\n");
  FakeCgroups::Put(Memory(), "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  EXPECT_FALSE(cgroup->Use().memory_reached);  // it is not this limit that somebody was killed for
  EXPECT_EQ(cgroup->Use().peak_memory_bytes, 5000000);
  FakeCgroups::Put(Memory(), "memory.max_usage_in_bytes", std::to_string(64 * kMiB));
  EXPECT_TRUE(cgroup->Use().memory_reached);

  EXPECT_EQ(cgroups.Take(kSlot), cgroup);
  EXPECT_FALSE(cgroup->Use().memory_reached);
  EXPECT_EQ(cgroup->Use().peak_memory_bytes, 0);
}

TEST_F(Version2, PeakAndEndAreThoseOfTheRun) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  FakeCgroups::Put(Run(), "memory.peak", "7000000\n");
  FakeCgroups::Put(Run(), "memory.events", "max 9\noom 1\noom_kill 2\noom_group_kill 1\n");
  EXPECT_TRUE(cgroup->Use().memory_reached);
  EXPECT_EQ(cgroup->Use().peak_memory_bytes, 7000000);

  cgroups.Take(kSlot);
  EXPECT_FALSE(cgroup->Use().memory_reached);
}

TEST_F(Version2, MemoryThatIsShortAroundTheServerIsNotTheRunsLimit) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto cgroup = cgroups.Take(kSlot);
  FakeCgroups::Put(Run(), "memory.events", "max 0\noom 0\noom_kill 1\n");
  EXPECT_FALSE(cgroup->Use().memory_reached);
}

TEST_F(Version1, WhatHoldsProcessesIsNotGivenAway) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  cgroups.Take(kSlot);
  FakeCgroups::Put(Pids(), "pids.current", "1\n");
  EXPECT_FALSE(cgroups.Take(kSlot));
  FakeCgroups::Put(Pids(), "pids.current", "0\n");
  EXPECT_TRUE(cgroups.Take(kSlot));
}

TEST_F(Version1, WhatHoldsProcessesIsNotGivenAwayWhereNothingCountsThem) {
  Cgroups cgroups(Place(), {.memory_bytes = 64 * kMiB}, tree_.folders());
  cgroups.Take(kSlot);
  FakeCgroups::Put(Memory(), "cgroup.procs", "0\n");
  EXPECT_FALSE(cgroups.Take(kSlot));
  FakeCgroups::Put(Memory(), "cgroup.procs", "");
  EXPECT_TRUE(cgroups.Take(kSlot));
}

TEST_F(Version2, WhatHoldsProcessesIsKilledAndNotGivenAway) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  cgroups.Take(kSlot);
  FakeCgroups::Put(Run(), "cgroup.kill", "");
  FakeCgroups::Put(Run(), "cgroup.events", "populated 1\nfrozen 0\n");
  EXPECT_FALSE(cgroups.Take(kSlot));
  EXPECT_EQ(FakeCgroups::Get(Run(), "cgroup.kill"), "1");
  FakeCgroups::Put(Run(), "cgroup.events", "populated 0\nfrozen 0\n");
  EXPECT_TRUE(cgroups.Take(kSlot));
}

TEST_F(Version2, MemoryLeftBehindIsNotGivenAwayButFilesThatWereReadAre) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  cgroups.Take(kSlot);
  FakeCgroups::Put(Run(), "memory.current", std::to_string(40 * kMiB));
  FakeCgroups::Put(Run(), "memory.stat", "anon 0\nfile 41943040\nshmem 41943040\n");
  EXPECT_FALSE(cgroups.Take(kSlot));
  FakeCgroups::Put(Run(), "memory.stat", "anon 0\nfile 41943040\nshmem 4096\n");
  EXPECT_TRUE(cgroups.Take(kSlot));
}

// Else the run would find no room for buffers of its own, or be ended for those of another.
TEST_F(Version1, OneWithBuffersOfSocketsLeftIsMadeAnew) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto before = cgroups.Take(kSlot);
  FakeCgroups::Put(Memory(), "memory.kmem.tcp.usage_in_bytes", std::to_string(4 * kMiB));
  EXPECT_EQ(cgroups.Take(kSlot), before);
  FakeCgroups::Put(Memory(), "memory.kmem.tcp.usage_in_bytes", std::to_string(40 * kMiB));
  const auto after = cgroups.Take(kSlot);
  ASSERT_TRUE(after);
  EXPECT_NE(after, before);
  EXPECT_EQ(FakeCgroups::Get(Memory(), "memory.kmem.tcp.usage_in_bytes"), "0");
}

TEST_F(Version2, OneWithBuffersOfSocketsLeftIsMadeAnew) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto before = cgroups.Take(kSlot);
  FakeCgroups::Put(Run(), "memory.current", std::to_string(40 * kMiB));
  FakeCgroups::Put(Run(), "memory.stat", "anon 0\nfile 4096\nshmem 0\nsock 41943040\n");
  const auto after = cgroups.Take(kSlot);
  ASSERT_TRUE(after);
  EXPECT_NE(after, before);
  EXPECT_EQ(FakeCgroups::Get(Run(), "memory.current"), "0");
}

TEST_F(Version1, PeakOfProcessesIsToldWhereItIsThisRunsForSure) {
  Cgroups cgroups(Place(), {.processes = 16}, tree_.folders());
  const auto peak_after = [&](const std::string& kernel_tells) {
    const auto cgroup = cgroups.Take(kSlot);
    FakeCgroups::Put(Pids(), "pids.peak", kernel_tells);
    return cgroup->Use().peak_processes;
  };
  EXPECT_EQ(peak_after("1\n"), 1);
  EXPECT_EQ(peak_after("1\n"), 1);             // no run has fewer
  EXPECT_EQ(peak_after("8\n"), 8);             // more than any before
  EXPECT_EQ(peak_after("8\n"), std::nullopt);  // eight, or fewer
}

TEST_F(Version1, ASlotWhoseCgroupIsNotEmptyIsPassedOver) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  SlotPool slots({.count = 2, .uid_base = kSlot, .cgroups = &cgroups});
  slots.Give(*slots.Take());  // now the second is next
  const auto second = slots.Take();
  ASSERT_EQ(second->uid, kSlot + 1);
  slots.Give(*second);
  FakeCgroups::Put(Only(pids_) + "/" + std::to_string(kSlot), "pids.current", "1\n");
  const auto taken = slots.Take();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->uid, kSlot + 1);
  EXPECT_FALSE(slots.Take());
}

TEST_F(Version1, OneThatVanishedIsMadeAgain) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  const auto before = cgroups.Take(kSlot);
  fs::remove_all(Only(memory_));  // with the folder of all
  FakeCgroups::Put(Pids(), "cgroup.procs", "");
  // The kernel answers ENODEV from files of a cgroup that is gone; here a run that it is asked about tells.
  EXPECT_NO_THROW(before->Use());
  const auto other = cgroups.Take(kSlot + 1);
  ASSERT_TRUE(other);
  EXPECT_EQ(FakeCgroups::Get(Memory(), "memory.limit_in_bytes"), std::to_string(64 * kMiB));
}

class MakeFails : public Version1, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Errnos, MakeFails, testing::Values(EROFS, ENOSPC, EACCES));

TEST_P(MakeFails, IsAnErrorAndNeverARunWithoutOne) {
  Cgroups cgroups(Place(), kLimits, tree_.folders());
  SlotPool slots({.count = 1, .uid_base = kSlot, .cgroups = &cgroups});
  tree_.make_error = GetParam();
  try {
    slots.Take();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.errno_value(), GetParam());
    EXPECT_THAT(error.what(), HasSubstr("make the cgroup " + memory_));
  }
  EXPECT_EQ(slots.free(), 1);
  tree_.make_error = 0;
  EXPECT_TRUE(slots.Take());
}

TEST_F(Version1, ALimitThatCannotBeSetIsAnError) {
  Cgroups cgroups(Place(), kLimits,
                  {[this](const std::string& folder) {
                     const int error = tree_.Make(folder);
                     fs::remove(folder + "/memory.limit_in_bytes");
                     return error;
                   },
                   FakeCgroups::Remove});
  EXPECT_THROW(cgroups.Take(kSlot), Error);
}

TEST_F(Version2, TheServerLeavesItsCgroupAndComesBack) {
  CgroupPlace place = Place();
  place.moves = true;
  {
    Cgroups cgroups(place, kLimits, tree_.folders());
    EXPECT_EQ(FakeCgroups::Get(Only(own_) + "/server", "cgroup.procs"), std::to_string(::getpid()));
    EXPECT_EQ(FakeCgroups::Get(Only(own_) + "/server", "cpu.weight"), "1000");
    EXPECT_EQ(FakeCgroups::Get(own_, "cgroup.subtree_control"), "+memory +pids +cpu");
  }
  EXPECT_EQ(FakeCgroups::Get(own_, "cgroup.procs"), std::to_string(::getpid()));
  EXPECT_EQ(FakeCgroups::Get(own_, "cgroup.subtree_control"), "-memory -pids -cpu");
  EXPECT_THAT(Entries(own_), IsEmpty());
}

TEST_F(Version1, NothingIsLeftAtTheEnd) {
  {
    Cgroups cgroups(Place(), kLimits, tree_.folders());
    cgroups.Take(kSlot);
    cgroups.Take(kSlot + 1);
  }
  EXPECT_THAT(Entries(memory_), IsEmpty());
  EXPECT_THAT(Entries(pids_), IsEmpty());
}

TEST_F(Version1, WhatDeadServersLeftIsRemovedAndNothingElse) {
  const std::string dead = memory_ + "/sandgate-runs-0123456789abcdef";
  const std::string living = memory_ + "/sandgate-runs-fedcba9876543210";
  const std::string foreign[] = {memory_ + "/sandgate-runs-mine", memory_ + "/docker",
                                 memory_ + "/sandgate-runs-0123456789ABCDEF"};
  for (const std::string& folder : {dead, living, foreign[0], foreign[1], foreign[2]}) tree_.Make(folder);
  tree_.Make(dead + "/10000");
  const Fd lock(::open(living.c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
  const Cgroups cgroups(Place(), kLimits, tree_.folders());
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(living));
  for (const std::string& folder : foreign) EXPECT_TRUE(fs::exists(folder)) << folder;
}

}  // namespace
}  // namespace sandgate

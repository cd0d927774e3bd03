// SPDX-License-Identifier: Apache-2.0
// What runs have left on the machine: processes, mounts, System V objects, files in shared folders. Seen
// before the first and after the last run; only what belongs to runs counts, for the machine has other users.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace sandgate::selftest {

// The uids of runs.
struct RunIds {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool own = false;  // nobody else has them
};

class Leftovers {
 public:
  // Looks for the first time.
  explicit Leftovers(RunIds ids);
  // What is new, each in words. For when every run has ended; what is gone within 2 s is not told.
  std::vector<std::string> Find() const;

 private:
  std::set<std::string> Look() const;

  RunIds ids_;
  std::set<std::string> before_;
};

// The children of the process that make runs: those that have gained no lock yet.
std::vector<int> SpawnersOf(int pid);

}  // namespace sandgate::selftest

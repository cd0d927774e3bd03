// SPDX-License-Identifier: Apache-2.0
// Makes the plan of a run from the isolation in force, the configuration and the run's slot.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "jail/plan.h"
#include "sandbox/interpreter.h"
#include "sandbox/isolation.h"
#include "sandbox/slots.h"

namespace sandgate {

struct PlannerInputs {
  std::vector<std::string> read_only_paths;
  std::string chroot_tree;  // empty: none
  std::string tmp_shim;     // library that maps /tmp to the scratch directory; empty: not needed
  std::vector<std::pair<std::string, std::string>> proxies;    // variables for runs with the network
  std::vector<std::pair<std::string, std::string>> variables;  // and for all
  bool background = false;                                     // runs leave the processors to others
};

// What joblib, and so scikit-learn, needs to know where a run is one process: `n_jobs` then works in
// sequence, instead of failing to start workers. Read when joblib is imported.
inline constexpr const char* kJoblibInSequence = "JOBLIB_MULTIPROCESSING=0";

// A program to run: what comes after the isolation.
struct Program {
  Language language = Language::kPython;
  std::vector<std::string> argv;
  bool network = false;
  std::string packages;  // see Interpreter
};

class Planner {
 public:
  Planner(const Config& config, const Isolation& isolation, PlannerInputs inputs)
      : config_(config), isolation_(isolation), inputs_(std::move(inputs)) {}

  PlanSpec Make(const Program& program, const Slot& slot, const Limits& limits) const;
  // Those that setrlimit(2) knows.
  std::vector<ResourceLimit> ResourceLimits(const Limits& run) const;
  // True where a mount gives the scratch directory its size: it cannot be changed afterwards.
  bool MountsScratch() const { return isolation_.namespaces; }
  const Config& config() const { return config_; }

 private:
  std::vector<std::string> Environment(const Program& program, const Slot& slot) const;
  std::string TmpfsOptions(const Slot& slot, const Limits& limits) const;
  void AddLandlock(PlanSpec& plan, const Program& program) const;

  const Config& config_;
  const Isolation& isolation_;
  PlannerInputs inputs_;
};

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// A trace: a run whose refused calls are carried out after all, where an operator could allow them, and
// gathered into the smallest addition to the policy. Decides from the numbers in the registers only, as a
// filter with that addition would, so a traced run can do what a run under that addition can, and no more.
// One recorder for each run, in the server process; run/supervise.cc asks it.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace sandgate {

// What a traced program needs beyond the policy.
struct Additions {
  bool allow_processes = false;  // it starts processes or programs
  bool enable_network = false;   // it was refused the network, which a trace never gives, and
  bool network_offered = false;  // which the configuration offers: only the request has not asked for it
  std::vector<Rule> rules;       // for a profile that stands alone, in the order of MergeRules()
  std::vector<Rule> others;      // those of `rules` that allow_processes does not give
  std::uint64_t calls = 0;       // that were carried out
};

// Whether a traced run may start processes: only where the end of a run ends them all.
enum class TracedProcesses { kNone, kAllowed };

class TraceRecorder {
 public:
  // `policy` must outlive the recorder.
  TraceRecorder(const Policy& policy, TracedProcesses processes);

  // True when the refused call is to be carried out; it is recorded then.
  bool Permits(const RefusedCall& call);

  // True when a call that starts a process was carried out.
  bool started_processes() const { return started_processes_; }

  Additions Take() const;

 private:
  // One addition: what was called, as narrow as a rule can tell.
  struct Found {
    Rule rule;
    bool of_processes = false;  // allow_processes would give it
  };

  void Record(const Rule& permit, const Rule* reason, const RefusedCall& call);

  const Policy& policy_;
  unsigned withheld_;
  bool processes_;
  bool network_missed_ = false;
  bool started_processes_ = false;
  std::uint64_t calls_ = 0;
  std::map<std::string, std::vector<Found>> found_;  // by name of the call
};

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// What the server's log tells of a run. The log has neither code nor output, so names that came from the
// program's output (a module, a path) are not in it.
#pragma once
#include <string>
#include <vector>

#include "policy/explain.h"

namespace sandgate {

struct LoggedRun {
  std::string outcome;
  std::vector<Denial> denied;
  std::string json;  // {"run_id":...,"outcome":...,"denied":[...]}
};

// Looks through the log file of `log_path` and its older ones. Throws Error where the run is not found.
LoggedRun FindLoggedRun(const std::string& log_path, const std::string& run_id);

}  // namespace sandgate

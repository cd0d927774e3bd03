// SPDX-License-Identifier: Apache-2.0
// Tells from the processes of a run, looked at again and again, whether they are a crowd: so many, or coming
// and going so fast, that all other runs wait for locks of the memory that they have in common with the fork
// server.
#pragma once
#include <optional>
#include <vector>

namespace sandgate {

class Crowd {
 public:
  // `processes`: the ids of those that there are now, in any order. To be called at equal intervals.
  // True while there are more than eight for each processor, or while on average more than 0.8 at each look
  // were not there at the look before, until that falls below 0.3.
  bool Look(std::vector<int> processes);
  // True when none came lately: for one that comes it takes seven looks, from the beginning three.
  bool IsStill() const;

 private:
  std::optional<std::vector<int>> before_;
  double arrivals_ = 0.65;  // of new ones; each look counts nine tenths of what the next one does
  bool is_crowd_ = false;
};

}  // namespace sandgate

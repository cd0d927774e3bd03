// SPDX-License-Identifier: Apache-2.0
#include "sandbox/crowd.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/sys.h"

namespace sandgate {

namespace {

constexpr std::size_t kMany = 8;  // for each processor
constexpr double kFading = 0.9;
constexpr double kFast = 8;  // 0.8 at each look, in the long run
constexpr double kSlow = 3;
constexpr double kStill = 0.5;

}  // namespace

bool Crowd::Look(std::vector<int> processes) {
  static const std::size_t kProcessors = sys::Processors();
  std::sort(processes.begin(), processes.end());
  std::vector<int> arrived;
  if (before_) {
    std::set_difference(processes.begin(), processes.end(), before_->begin(), before_->end(),
                        std::back_inserter(arrived));
  }
  before_ = std::move(processes);
  arrivals_ = arrivals_ * kFading + static_cast<double>(arrived.size());
  is_crowd_ = before_->size() > kMany * kProcessors || arrivals_ > (is_crowd_ ? kSlow : kFast);
  return is_crowd_;
}

bool Crowd::IsStill() const { return arrivals_ < kStill; }

}  // namespace sandgate

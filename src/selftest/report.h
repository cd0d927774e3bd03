// SPDX-License-Identifier: Apache-2.0
// The findings of a trial for people and for programs.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "i18n/message.h"
#include "selftest/trial.h"

namespace sandgate::selftest {

struct Report {
  std::string mode;
  std::vector<std::string> layers;
  Missing missing;
  std::vector<Finding> findings;
  std::vector<std::string> left_behind;  // of all runs, when they had ended
};

// True when nothing got through, everything came to a verdict and nothing is left.
bool IsProof(const Report& report);

// A table by family, what deserves a look, and a summary.
std::string ReportText(const Report& report, Locale locale);

boost::json::object ReportJson(const Report& report);

}  // namespace sandgate::selftest

// SPDX-License-Identifier: Apache-2.0
// What an attack came to, from what was seen of its run: a pure function.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/result.h"
#include "selftest/attack.h"
#include "selftest/canary.h"

namespace sandgate::selftest {

enum class Verdict {
  kHeld,          // the attack itself says that it was kept from what it wanted
  kLimit,         // the run was ended by a limit that was expected
  kNotDefended,   // it got through, as "open in" says of this mode
  kThrough,       // it got through
  kInconclusive,  // neither can be told
  kNotPossible,   // this machine lacks what it acts on
};

std::string_view VerdictName(Verdict verdict);  // "held", "limit", "not_defended", ...

struct Observed {
  std::optional<RunResult> result;
  std::string failure;  // why there is no result
  Damage damage;        // of the stage, by this run and no other
};

// Where the attack was made.
struct Ground {
  std::string mode;
  std::vector<std::string> layers;
  Missing missing;
};

struct Judgement {
  Verdict verdict = Verdict::kInconclusive;
  std::string detail;  // the proof, the errno, the limit, the reason
  std::string note;    // where the header of the attack and the finding do not agree
};

Judgement Judge(const Attack& attack, const Observed& observed, const Ground& ground);

}  // namespace sandgate::selftest

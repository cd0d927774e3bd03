// SPDX-License-Identifier: Apache-2.0
// What would allow a refused call: for the explanation of a refusal (explain.h) and for traces (trace.h).
#pragma once
#include "policy/policy.h"

namespace sandgate {

// The dormant rule that would allow this very call and asks least of the operator, or null; none that needs
// something of `withheld` (bits of namespace needs). Null for calls of a foreign architecture.
const Rule* CheapestPermit(const Policy& policy, const RefusedCall& call,
                           unsigned withheld = needs::kNothing);

// Whether the kernel too refuses it to a run, as it would become somebody else. The ids of a run are known as
// a range only: another one in it may be its own.
bool IsForeignIdentity(const Policy& policy, const RefusedCall& call);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// The policy as JSON: for GET /v1/sandbox/policy and for `sandgate syscalls --json`.
#pragma once
#include <string>
#include <vector>

#include "http/server.h"
#include "policy/describe.h"

namespace sandgate::api {

// The policies that runs have.
struct EffectivePolicies {
  const Policy* with_network = nullptr;  // null: the configuration gives no run the network
  const Policy* without_network = nullptr;
};

// An array with one object for each call.
std::string CallsJson(const std::vector<CallDescription>& calls);

// The answer to GET /v1/sandbox/policy; `policies.without_network` must be there.
http::Response PolicyReply(const EffectivePolicies& policies, Locale locale);

}  // namespace sandgate::api

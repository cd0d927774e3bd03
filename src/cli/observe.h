// SPDX-License-Identifier: Apache-2.0
// What `serve` shows an operator: counts for each request, and the state of the engine when GET /metrics or
// GET /ready asks for it. The same state as `doctor` prints: Spawners::Status().
#pragma once
#include <string>
#include <vector>

#include "api/trace.h"
#include "cli/engine.h"
#include "config/config.h"
#include "i18n/message.h"
#include "obs/metrics.h"
#include "run/readiness.h"

namespace sandgate {

// Counts a request that has been answered or given up.
void Count(const api::RequestLog& request, Metrics& metrics);

std::vector<GaugeSample> Observe(Engine& engine, const Readiness& readiness, const Config& config);

// What works, but not as it should: environments whose fork server is not in use.
std::vector<std::string> Warnings(Engine& engine, Locale locale);

ReadinessOptions MakeReadinessOptions(const Config& config);

}  // namespace sandgate

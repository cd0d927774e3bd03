// SPDX-License-Identifier: Apache-2.0
// The limits of one run by name: what a request may lower, and what a reply names when it was reached. One
// table; the bounds are those of the options.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config/options.h"

namespace sandgate {

struct LimitRow {
  std::string_view field;    // in `limits` of a request: "memory_mb"
  std::string_view setting;  // the option: "limits.memory_mb", "worker_timeout"
  std::int64_t Limits::*value;
  // What Node.js needs for itself: it has up to 11 threads, and opens 22 files at its start. With fewer it
  // ends before the program begins, or waits for itself until the deadline.
  std::int64_t least_of_node = 0;

  // "limits.memory_mb": its name in replies.
  std::string name() const { return "limits." + std::string(field); }
};

std::span<const LimitRow> LimitRows();
// Null where there is none.
const LimitRow* FindLimit(std::string_view field);
const LimitRow& LimitOf(std::int64_t Limits::*value);
const Option& OptionOf(const LimitRow& row);

// The limits of one run, those that it would have without its request's, and those of the server for all
// keys.
struct RunLimits {
  Limits in_force;
  Limits configured;
  Limits of_server;
  std::int64_t run_memory_mb = 0;  // of all processes together; not lowered by a request

  bool IsLowered(const LimitRow& row) const { return in_force.*row.value != configured.*row.value; }
  // By the API key, whatever the request lowers further.
  bool IsOfKey(const LimitRow& row) const { return configured.*row.value != of_server.*row.value; }
};

// Those of a run that nothing else lowers. One that `forks` has fewer processes where limits.processes is not
// set: each of them has locks of the kernel in common with its fork server, and where hundreds want to work,
// whoever holds one is late to let go and other runs wait for seconds (./dev bench bombs).
Limits LimitsOfServer(const Config& config, bool forks);

// Of each limit the lower one; 0 is none where the option's least value is 0.
Limits Lowest(const Limits& first, const Limits& second);

}  // namespace sandgate

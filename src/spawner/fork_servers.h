// SPDX-License-Identifier: Apache-2.0
// The specs of the fork servers: which program becomes one, with which arguments and environment.
#pragma once
#include <string>
#include <vector>

#include "config/config.h"
#include "sandbox/interpreter.h"
#include "spawner/spec.h"

namespace sandgate {

struct ForkServerInputs {
  const Config& config;
  const Interpreter& interpreter;
  std::string library;     // path of our library for the interpreter, as the spawner sees it
  std::string node_serve;  // path of node_serve.js, as spawner and runs see it
  std::string scratch;     // the scratch directory of runs where all have the same path; else empty
  std::string caches;      // folder for what imports write, where runs have no common scratch directory
  std::string tmp_shim;    // as the spawner sees it; empty: not needed
  bool network;            // whether its runs have one
};

// Without tree and network. The environment holds nothing of the server's but its time zone.
SpawnerSpec PythonForkServer(const ForkServerInputs& inputs);
SpawnerSpec NodeForkServer(const ForkServerInputs& inputs);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
// What one spawner is: the server fills it, sends it as the first packet, and the spawner obeys.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jail/tree.h"

namespace sandgate {

// How a spawner turns a child into a program.
enum class SpawnerKind {
  kExec,    // execve(2) after the last lock: a cold start of any program
  kPython,  // the spawner is a warmed CPython, its children go on in it
  kNode,    // the same with Node.js
};

std::string_view SpawnerKindName(SpawnerKind kind);  // "exec", "python", "node"

struct SpawnerSpec {
  SpawnerKind kind = SpawnerKind::kExec;
  TreeSpec tree;
  // The fork server that sandgate-spawner becomes inside the tree; both empty for kExec.
  std::vector<std::string> argv;  // argv[0] is the absolute path in the tree
  std::vector<std::string> envp;

  bool forks_interpreter() const { return kind != SpawnerKind::kExec; }
};

std::string EncodeSpec(const SpawnerSpec& spec);
SpawnerSpec DecodeSpec(std::span<char> packet);  // throws Error

}  // namespace sandgate

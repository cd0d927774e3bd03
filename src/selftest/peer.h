// SPDX-License-Identifier: Apache-2.0
// The peer of STAGE: another live run, with the mark in its memory and in a file of its scratch directory.
// Its process names itself, and so is found from outside, as an attacker who sees the machine's processes
// finds it.
#pragma once
#include <boost/json/value.hpp>
#include <optional>
#include <string>

namespace sandgate::selftest {

struct PeerProgram {
  std::string name;  // of its process; at most 15 letters
  std::string code;  // Python
};

PeerProgram MakePeerProgram(const std::string& mark);

// {"dir", "pid", "uid", "file"} of the process with that name as this process sees it, once its file is
// there. `state_dir` is where scratch directories may lie on disk. Nothing while there is none.
std::optional<boost::json::value> FindPeer(const std::string& name, const std::string& state_dir);

}  // namespace sandgate::selftest

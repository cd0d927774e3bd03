// SPDX-License-Identifier: Apache-2.0
// What attacks act on: canaries planted by the operator's user, outside of what runs may see, with a random
// mark in each. Attacks are told where everything is, by a JSON object, STAGE; what they changed is seen
// afterwards.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "selftest/canary.h"

namespace sandgate::selftest {

// What the stage tells of the server that it does not plant itself.
struct ServerFacts {
  std::uint16_t api_port = 0;
  int server_pid = -1;
  std::vector<int> spawner_pids;
};

std::string MakeMark();

class Stage {
 public:
  // Plants everything with `mark` in it, in a new folder below one of the machine's for temporary files.
  // Throws Error.
  explicit Stage(const std::string& mark);
  // Removes everything.
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const std::string& mark() const { return place_.mark; }
  const std::string& folder() const { return place_.folder; }
  // STAGE without what is the server's.
  boost::json::object Describe() const;
  // What this machine cannot give.
  Missing missing() const;
  // What has been changed or reached since the planting; empty while all is whole.
  Damage Look();

 private:
  StagePlace place_;
  std::vector<std::unique_ptr<Canary>> canaries_;
};

void AddServerFacts(boost::json::object& stage, const ServerFacts& facts);

}  // namespace sandgate::selftest

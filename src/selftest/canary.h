// SPDX-License-Identifier: Apache-2.0
// A part of the stage: something that attacks look for, and by which it is seen when one got at it.
#pragma once
#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sandgate::selftest {

// Keys of STAGE that this machine cannot give, and why.
using Missing = std::map<std::string, std::string>;

// What was found changed, in plain words.
using Damage = std::vector<std::string>;

class Canary {
 public:
  virtual ~Canary() = default;
  // Adds its keys to STAGE, null or -1 for those that are missing.
  virtual void Describe(boost::json::object& stage, Missing& missing) const = 0;
  // Whether it is as it was planted.
  virtual void Check(Damage& damage) = 0;
};

struct StagePlace {
  std::string mark;    // that every secret contains
  std::string suffix;  // of names that are the machine's, 16 hex digits
  std::string folder;  // of the stage's own, there already
};

// Throw Error where not even the planting works; a thing that the machine has not is missing and no error.
std::unique_ptr<Canary> PlantFiles(const StagePlace& place);
std::unique_ptr<Canary> PlantListeners(const StagePlace& place);
std::unique_ptr<Canary> PlantObjects(const StagePlace& place);  // System V, POSIX, keys
std::unique_ptr<Canary> PlantVictim(const StagePlace& place);

// What the victim does, started by PlantVictim as a process of this program: waits to be attacked.
[[noreturn]] void BeVictim();

// The one argument of this program that makes it the victim.
inline constexpr const char* kVictimVerb = "selftest-victim";

}  // namespace sandgate::selftest

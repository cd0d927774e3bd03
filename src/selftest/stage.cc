// SPDX-License-Identifier: Apache-2.0
#include "selftest/stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace sandgate::selftest {

namespace fs = std::filesystem;

namespace {

// Not /tmp while there is another: libraries of runs take it for their own, and the attack would be on that.
std::string MakeFolder(const std::string& suffix) {
  for (const char* place : {"/var/tmp", "/dev/shm", "/tmp"}) {
    std::string folder = std::string(place) + "/sandgate-stage-" + suffix;
    if (::mkdir(folder.c_str(), 0755) != 0) continue;
    const std::string secret = folder + "/secret";
    const std::string open = folder + "/open";
    Check(::mkdir(secret.c_str(), 0755), "mkdir " + secret);
    // For everybody when all is in it: others could put links under the names of what is made there.
    Check(::mkdir(open.c_str(), 0700), "mkdir " + open);
    for (const auto& [path, mode] : {std::pair(folder, 0755), {secret, 0755}, {open, 0700}}) {
      Check(::chmod(path.c_str(), static_cast<mode_t>(mode)), "chmod " + path);
    }
    return folder;
  }
  ThrowErrno("make a folder for the stage in /var/tmp, /dev/shm or /tmp");
}

void Remove(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace

std::string MakeMark() { return "mark-" + RandomHex(16); }

Stage::Stage(const std::string& mark) {
  place_.mark = mark;
  place_.suffix = RandomHex(8);
  place_.folder = MakeFolder(place_.suffix);
  try {
    canaries_.push_back(PlantListeners(place_));  // makes a file, so before those are looked at
    canaries_.push_back(PlantFiles(place_));
    canaries_.push_back(PlantObjects(place_));
    canaries_.push_back(PlantVictim(place_));
  } catch (...) {
    Remove(place_.folder);
    throw;
  }
}

Stage::~Stage() {
  canaries_.clear();
  Remove(place_.folder);
}

boost::json::object Stage::Describe() const {
  boost::json::object stage{{"mark", place_.mark},
                            {"api_key", ""},
                            {"api_port", 0},
                            {"server_pid", -1},
                            {"peer", nullptr},
                            {"outside", false},
                            {"spawner_pids", boost::json::array()}};
  Missing ignored;
  for (const auto& canary : canaries_) canary->Describe(stage, ignored);
  return stage;
}

Missing Stage::missing() const {
  boost::json::object ignored;
  Missing missing;
  for (const auto& canary : canaries_) canary->Describe(ignored, missing);
  return missing;
}

Damage Stage::Look() {
  Damage damage;
  for (const auto& canary : canaries_) canary->Check(damage);
  return damage;
}

void AddServerFacts(boost::json::object& stage, const ServerFacts& facts) {
  stage["api_port"] = facts.api_port;
  stage["server_pid"] = facts.server_pid;
  stage["spawner_pids"] = boost::json::array(facts.spawner_pids.begin(), facts.spawner_pids.end());
}

}  // namespace sandgate::selftest

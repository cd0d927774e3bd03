// SPDX-License-Identifier: Apache-2.0
// Makes the attacks, several at a time, as runs of the engine it is given, on a stage of its own, which it
// looks at after each. When something of the stage has been changed, everything that ran meanwhile is made
// once more, alone, to tell which it was.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "run/runner.h"
#include "selftest/attack.h"
#include "selftest/stage.h"
#include "selftest/verdict.h"

namespace sandgate::selftest {

struct Finding {
  const Attack* attack = nullptr;
  Judgement judgement;
  std::string outcome;  // of the run; empty where there was none
  double wall_ms = 0;
};

struct TrialParts {
  boost::asio::io_context& io;
  Runner& runner;
  Ground ground;  // what is missing is added by the stage
  ServerFacts facts;
  std::set<Language> languages;     // that can be run
  bool network_offered = false;     // else attacks that ask for it do without
  std::size_t width = 1;            // attacks at a time
  std::chrono::seconds deadline{};  // of a run
  std::string state_dir;            // where scratch directories may lie
};

class Trial {
 public:
  // `attacks` must outlive the trial. Plants the stage. Throws Error.
  Trial(TrialParts parts, const std::vector<Attack>& attacks);

  // The findings, in the order of the attacks.
  boost::asio::awaitable<std::vector<Finding>> Run();
  // Begins no further attack; Run returns early.
  void Stop();

  const Missing& missing() const { return parts_.ground.missing; }

 private:
  struct Made {
    const Attack* attack = nullptr;
    Observed observed;
  };

  boost::asio::awaitable<void> KeepPeer();
  boost::asio::awaitable<void> StartPeer();
  boost::asio::awaitable<void> MakeAll();
  boost::asio::awaitable<void> Work();
  boost::asio::awaitable<void> FindTheGuilty();
  boost::asio::awaitable<Observed> Make(const Attack& attack);
  boost::asio::awaitable<void> Pause(std::chrono::milliseconds time);
  void Replant();
  void Conclude(const Attack& attack, const Observed& observed);
  std::string Describe() const;

  TrialParts parts_;
  std::string mark_;
  std::optional<Stage> stage_;
  boost::json::value peer_;  // null: none yet
  std::deque<const Attack*> waiting_;
  std::vector<Made> suspects_;  // since something was changed
  Damage damage_;
  std::vector<Finding> findings_;
  std::size_t workers_ = 0;
  bool stopped_ = false;
};

}  // namespace sandgate::selftest

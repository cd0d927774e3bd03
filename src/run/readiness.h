// SPDX-License-Identifier: Apache-2.0
// Whether programs run: asked by running one in each language, as a request would, for GET /ready. Whoever
// asks may be a stranger, so answers are kept for some seconds and at most one probe is under way, however
// many ask. It has a worker of its own: runs that fill all others do not keep it waiting, and it takes none
// from them.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "obs/log.h"
#include "run/runner.h"

namespace sandgate {

struct ReadinessOptions {
  std::vector<Language> languages;
  bool network = false;                       // of the probes: what runs mostly have
  std::chrono::milliseconds fresh{5000};      // for so long an answer is given again
  std::chrono::milliseconds patience{10000};  // for one language
};

struct LanguageReadiness {
  Language language = Language::kPython;
  bool ready = false;
  double wall_ms = 0;   // of the probe's run
  std::string problem;  // empty when it is ready
};

class Readiness {
 public:
  using Clock = std::chrono::steady_clock;

  // `runner` and `log` outlive this object, and it outlives the run of `io`.
  Readiness(boost::asio::io_context& io, Runner& runner, ReadinessOptions options, Logger& log)
      : io_(io),
        runner_(runner),
        options_(std::move(options)),
        log_(log),
        probed_(io, Clock::time_point::max()) {}

  // An answer that is fresh, one of each language. May be cancelled; the probe goes on for others.
  boost::asio::awaitable<std::vector<LanguageReadiness>> Ask();
  // The latest answer, of any age; nothing before the first.
  const std::vector<LanguageReadiness>& latest() const { return latest_; }
  std::uint64_t probes() const { return probes_; }  // runs made so far

  // From now on the server takes no new runs.
  void Drain() { draining_ = true; }
  bool draining() const { return draining_; }

 private:
  boost::asio::awaitable<void> ProbeAll();
  boost::asio::awaitable<LanguageReadiness> Probe(Language language);
  void LogChange(const LanguageReadiness& now) const;

  boost::asio::io_context& io_;
  Runner& runner_;
  ReadinessOptions options_;
  Logger& log_;
  boost::asio::steady_timer probed_;  // cancelled when a probe has ended; never expires
  Clock::time_point stale_at_ = Clock::time_point::min();
  bool probing_ = false;
  bool draining_ = false;
  std::uint64_t probes_ = 0;
  std::vector<LanguageReadiness> latest_;
};

}  // namespace sandgate

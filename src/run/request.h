// SPDX-License-Identifier: Apache-2.0
// One run as the API asks for it; knows nothing of HTTP or JSON.
#pragma once
#include <optional>
#include <string>

#include "config/config.h"
#include "i18n/message.h"
#include "sandbox/interpreter.h"

namespace sandgate {

enum class Start {
  kFast,  // forked from a warmed interpreter, where there is one
  kCold,  // a new interpreter
};

enum class Worker {
  kShared,   // one of max_workers, after its turn in the queue
  kOfProbe,  // the one beside them that only probes have, one at a time
};

struct RunRequest {
  Language language = Language::kPython;
  std::string code;     // any bytes
  std::string preload;  // run before `code` inside the jail; empty when preload is off
  bool enable_network = false;
  std::string profile;           // empty: the configuration's
  std::optional<Limits> limits;  // of this run, where they are lower than the configuration's
  Start start = Start::kFast;
  bool trace = false;  // refused calls are carried out where they could be allowed
  std::string key;     // name of the API key, whose lane of the queue it waits in; empty: the server's own
  Limits key_limits;   // of that key; 0: none of its own
  Worker worker = Worker::kShared;
  std::string environment;           // name of the one whose packages it has; empty: the default one
  EnvironmentLease built;            // this one instead, whatever is in use
  bool waits_for_packages = true;    // while they are installed for the first time, for some seconds
  std::string run_id;                // 32 hex digits, unique
  Locale locale = Locale::kEnglish;  // of the explanations in the result
};

}  // namespace sandgate

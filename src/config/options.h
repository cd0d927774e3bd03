// SPDX-License-Identifier: Apache-2.0
// The one table of options. A row says how an option is called in the YAML file and in the environment,
// where its value goes, what it may be and what it is for. Loading (load.h), the checks (assign.h), the
// list of values in force (effective.h) and docs/config.md all derive from it: to add an option, add a
// member to Config and a row here. Server and command line.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace sandgate {

// Where a value goes, and by that of what type it is.
using Member = std::variant<std::uint16_t Config::*, bool Config::*, std::int64_t Config::*,
                            std::string Config::*, std::vector<std::string> Config::*,
                            std::vector<ApiKey> Config::*, std::vector<NamedEnvironment> Config::*>;

// How the text of a value is read and shown.
enum class Kind {
  kBool,
  kWhole,           // a decimal number within min..max
  kSize,            // bytes: a decimal number or 8MiB, 8M, 512k; within min..max
  kText,            // one line
  kAddress,         // an IP address
  kUrl,             // an index of packages; a password in it is never shown
  kProxy,           // the URL of a proxy, or host:port; a password in it is never shown
  kSecret,          // must not be empty; never shown
  kOptionalSecret,  // may be empty; never shown
  kChoice,          // one of `choices`
  kDuration,        // Go's syntax: 30m, 1h30m, 0
  kTexts,           // a list
  kPaths,           // a list of absolute paths, / itself not among them
  kChoices,         // a list of some of `choices`
  kSyscalls,        // a list of system calls' numbers or names
  kKeys,            // a list of API keys, each a map (keys.h)
  kEnvironments,    // a map of maps (environments.h)
};

struct Option {
  std::string_view key;  // path in the YAML file, "app.port"; empty: only in the environment
  std::string_view env;  // name in the environment; empty: none
  Member member;
  Kind kind = Kind::kText;
  std::string_view fallback;  // the default, written as in the environment
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::string_view choices;  // for kChoice and kChoices, separated by commas
  std::string_view doc;      // one line

  // The key, or the environment's name where there is no key.
  std::string_view name() const { return key.empty() ? env : key; }
};

// True for values that are never shown.
bool IsSecret(const Option& option);

// All options, in the order of the documentation. Valid for the life of the program.
std::span<const Option> Options();

// What a value must be, to follow "is not": "a whole number from 1 to 1024".
std::string Expected(const Option& option);

// Every option at its default.
Config DefaultConfig();

}  // namespace sandgate

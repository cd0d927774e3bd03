// SPDX-License-Identifier: Apache-2.0
// The API that workflow platforms call: routes, key check, JSON or form to a run and back. The only folder
// that knows this JSON. cli/serve passes MakeHandler() to the HTTP server; runs on the event loop's thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/policy_reply.h"
#include "api/trace.h"
#include "config/config.h"
#include "http/server.h"
#include "run/environments.h"
#include "run/readiness.h"
#include "run/request.h"
#include "run/runner.h"

namespace sandgate::api {

// Name and version of each package that programs of an environment can import; a version may be empty.
// Throws UnknownEnvironment, NotReady, and Error where they cannot be told.
// The first two in the language of the locale.
using DependencyLister =
    std::function<boost::asio::awaitable<std::vector<std::pair<std::string, std::string>>>(EnvironmentKey,
                                                                                           Locale)>;
// Makes the packages of a language those that the operator asks for. Throws Error when it fails, Stopping
// where it is given up.
using DependencyUpdater = std::function<boost::asio::awaitable<void>(Language)>;

struct Dependencies {
  DependencyLister list;
  DependencyLister refresh;  // installs anew, then lists; empty: `list`
  DependencyUpdater update;  // empty: nothing to do
};

// For GET /metrics.
struct MetricsAccess {
  std::function<std::string()> text;  // empty: there is no such route
  bool is_public = false;
  std::string key;  // opens it, beside ApiOptions::key and admin_key; empty: there is none
};

struct ApiOptions {
  std::string key;           // expected in X-Api-Key; empty: only `keys` are
  std::vector<ApiKey> keys;  // the others
  std::string admin_key;     // expected there by the operator's routes instead; empty: they do not exist
  bool enable_network = false;
  bool enable_preload = false;
  bool profiles_in_requests = false;
  Limits limits;                             // of runs; requests may lower them
  Locale language = Locale::kEnglish;        // where a request accepts none that we have
  EffectivePolicies policies;                // for GET /v1/sandbox/policy; they outlive the handler
  boost::asio::thread_pool* pool = nullptr;  // reads and writes what is large; null: done on the spot
  MetricsAccess metrics;
  Readiness* readiness = nullptr;                            // for GET /ready; null: there is no such route
  std::function<std::vector<std::string>(Locale)> warnings;  // told there to whoever has a key; may be empty
  // Called once for each request, but not for those of GET /health, /ready and /metrics that are answered;
  // may be empty.
  RequestLogger log;
};

// `runner` must outlive the handler and all its answers.
http::Handler MakeHandler(const ApiOptions& options, Runner& runner, Dependencies dependencies);

// For http::ServerOptions::precheck: answers what needs no body (unknown routes, wrong keys).
http::Precheck MakePrecheck(const ApiOptions& options);

// For http::ServerOptions::on_refused: logs requests that never reached the handler.
std::function<void(const http::Refusal&)> MakeRefusalLogger(const ApiOptions& options);

}  // namespace sandgate::api

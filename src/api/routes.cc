// SPDX-License-Identifier: Apache-2.0
// See routes.h. A request passes, in this order: route, key, capacity, binding, checks. The order is part of
// the contract: a wrong key is told before a full server, and a full server before a broken body.
#include "api/routes.h"

#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <type_traits>
#include <variant>

#include "api/bind.h"
#include "api/keys.h"
#include "api/limits.h"
#include "api/ready_reply.h"
#include "api/reply.h"
#include "base/error.h"
#include "base/text.h"
#include "config/keys.h"
#include "config/limits.h"
#include "i18n/filled.h"
#include "obs/metrics.h"
#include "policy/syscall_table.h"
#include "run/aside.h"
#include "run/environments.h"
#include "run/policies.h"

namespace sandgate::api {

namespace asio = boost::asio;
using asio::awaitable;
using http::ErrorResponse;
using http::Request;
using http::Response;

namespace {

// Bytes that are read or written on the spot: about a millisecond at most.
constexpr std::size_t kOnTheSpot = 256u << 10;

// For so long strangers are shown the same metrics.
constexpr auto kMetricsAge = std::chrono::seconds(1);

enum class Action {
  kHealth,
  kReady,
  kMetrics,
  kRun,
  kTrace,
  kListDependencies,
  kRefreshDependencies,
  kUpdateDependencies,
  kPolicy,
};

struct Route {
  std::string_view method;
  std::string_view path;
  Action action;
};

constexpr std::array<Route, 9> kRoutes{{
    {"GET", "/health", Action::kHealth},
    {"GET", "/ready", Action::kReady},
    {"GET", "/metrics", Action::kMetrics},
    {"POST", "/v1/sandbox/run", Action::kRun},
    {"POST", "/v1/sandbox/trace", Action::kTrace},
    {"GET", "/v1/sandbox/dependencies", Action::kListDependencies},
    {"GET", "/v1/sandbox/dependencies/refresh", Action::kRefreshDependencies},
    {"POST", "/v1/sandbox/dependencies/update", Action::kUpdateDependencies},
    {"GET", "/v1/sandbox/policy", Action::kPolicy},
}};

// Routes that only the operator may use.
bool NeedsAdminKey(Action action) { return action == Action::kTrace; }

bool Exists(const ApiOptions& options, Action action) {
  if (action == Action::kReady) return options.readiness != nullptr;
  if (action == Action::kMetrics) return static_cast<bool>(options.metrics.text);
  return !NeedsAdminKey(action) || !options.admin_key.empty();
}

const Route* FindRoute(const ApiOptions& options, std::string_view method, std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.method == method && route.path == path && Exists(options, route.action)) return &route;
  }
  return nullptr;
}

std::string_view PathOf(const Request& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

// The answer for a path that is no route: to the same path without its last slash where that is one.
Response NoRoute(const ApiOptions& options, const Request& request) {
  std::string_view path = PathOf(request);
  const std::string_view query = std::string_view(request.target).substr(path.size());
  if (!path.ends_with('/')) return PlainReply(404, "404 page not found");
  path.remove_suffix(1);
  if (!FindRoute(options, request.method, path)) return PlainReply(404, "404 page not found");
  Response response;
  response.status = request.method == "GET" ? 301 : 307;
  response.headers.emplace_back("Location", std::string(path) + std::string(query));
  return response;
}

bool IsKey(std::string_view sent, const std::string& key) {
  return !key.empty() && ConstantTimeEqual(sent, key);
}

// Whoever has a key of the list is a tenant, and does not see what the others do.
bool SeesMetrics(const ApiOptions& options, const Request& request) {
  const std::string_view sent = OperatorsKey(request);
  const bool platform = IsKey(sent, options.key);
  const bool admin = IsKey(sent, options.admin_key);
  return static_cast<unsigned>(IsKey(sent, options.metrics.key)) | platform | admin;
}

bool SeesDetails(const ApiOptions& options, const Request& request) {
  const std::string_view sent = OperatorsKey(request);
  const bool admin = IsKey(sent, options.admin_key);
  return MatchKey(sent, options.key, options.keys).has_value() || admin;
}

bool IsOpen(const ApiOptions& options, Action action, const Request& request) {
  switch (action) {
    case Action::kHealth:
    case Action::kReady:
      return true;
    case Action::kMetrics:
      return options.metrics.is_public || SeesMetrics(options, request);
    case Action::kTrace:
      return IsKey(request.header("X-Api-Key"), options.admin_key);
    default:
      return MatchKey(request.header("X-Api-Key"), options.key, options.keys).has_value();
  }
}

// An answer that is known from route and key alone.
std::optional<Response> AnswerFromHead(const ApiOptions& options, const Request& request) {
  const Route* route = FindRoute(options, request.method, PathOf(request));
  if (!route) return NoRoute(options, request);
  if (IsOpen(options, route->action, request)) return std::nullopt;
  Response unauthorized;
  unauthorized.status = 401;
  return unauthorized;
}

// One of kRefusalReasons (obs/metrics.h); empty for a request that got its answer.
std::string_view WhyRefused(const RequestLog& log) {
  switch (log.status) {
    case 401:
      return "unauthorized";
    case 404:
      return "not_found";
    case 408:
      return "too_slow";
    case 413:
      return "body_too_large";
    case 431:
      return "header_too_large";
    default:
      break;
  }
  if (log.status == 400 || log.code == -400) return "bad_request";
  return log.status > 400 && log.status != kClientLeft && log.run_id.empty() ? "other" : "";
}

// Carries one request's log entry; written when the request is done, whichever way that is, or when its
// answer has been sent.
class LogEntry {
 public:
  LogEntry(const RequestLogger& logger, const Request& request)
      : log(BeginLog(request)), logger_(logger), has_key_(!request.header("X-Api-Key").empty()) {}
  LogEntry(const LogEntry&) = delete;
  LogEntry& operator=(const LogEntry&) = delete;

  void Write(unsigned status) {
    if (!logger_) return;
    Complete(status);
    logger_(log);
  }
  // What writes it; `owner` owns the logger. This entry is empty then.
  std::function<void()> WriteLater(unsigned status, std::shared_ptr<const void> owner) {
    if (!logger_) return nullptr;
    Complete(status);
    return [&logger = logger_, owner = std::move(owner), log = std::move(log)] { logger(log); };
  }
  // An error reply, noted in the log.
  Response Fail(unsigned status, int code, const std::string& message) {
    log.code = code;
    log.message = message;
    return ErrorResponse(status, code, message);
  }

  // The words of this reply are the contract's; what they leave open is told by the log.
  Response FailForLanguage(const std::string& name) {
    Response response = Fail(400, -400, "unsupported language");
    log.message +=
        ": \"" + Shown(name) + "\"; there are python3 and nodejs, and templates are sent as python3";
    return response;
  }

  RequestLog log;

 private:
  using Clock = std::chrono::steady_clock;

  void Complete(unsigned status) {
    log.status = status;
    if (status == 401) log.message = has_key_ ? "not with this X-Api-Key" : "no X-Api-Key";
    if (log.refused.empty()) log.refused = WhyRefused(log);
    log.duration_ms = std::chrono::duration<double, std::milli>(Clock::now() - begin_).count();
  }

  const RequestLogger& logger_;
  bool has_key_;
  Clock::time_point begin_ = Clock::now();
};

// The status of a binding error depends on the Content-Type, and so does the type of the answer.
Response BindFailure(const Binding& binding, LogEntry& entry) {
  Response response = entry.Fail(binding.exact_json ? 400 : 200, -400, binding.error);
  if (binding.exact_json) response.content_type = "text/plain; charset=utf-8";
  return response;
}

// For the log and the metrics: a call by its name in the table of system calls, "other" for what has none.
void NoteDenials(const std::vector<Denial>& denied, RequestLog& log) {
  for (const Denial& denial : denied) {
    log.denied.push_back(denial.syscall.empty() ? denial.layer : denial.syscall);
    if (denial.layer != "seccomp") continue;
    const Syscall* known = FindSyscall(denial.syscall);
    log.calls.emplace_back(known ? known->name : "other", denial.count);
  }
}

void NoteResult(const RunResult& result, RequestLog& log) {
  log.outcome = OutcomeName(result.outcome);
  log.usage = result.usage;
  if (result.limit) log.limit = result.limit->name;
  NoteDenials(result.denied, log);
}

class Api {
 public:
  Api(ApiOptions options, Runner& runner, Dependencies dependencies)
      : options_(std::move(options)), runner_(runner), dependencies_(std::move(dependencies)) {}

  // `self` keeps the Api alive while the coroutine runs.
  static awaitable<Response> Handle(std::shared_ptr<const Api> self, Request request);

 private:
  awaitable<Response> Dispatch(Request request, LogEntry& entry) const;
  awaitable<Response> Run(Action action, Request request, LogEntry& entry) const;
  awaitable<Response> Execute(RunRequest run, LogEntry& entry) const;
  Response Refuse(Runner::Full full, LogEntry& entry) const;
  Response Unavailable(std::string_view reason, const std::string& message, LogEntry& entry) const;
  const ApiKey* KeyOf(Action action, const Request& request, std::string& name) const;
  awaitable<Response> ServeReady(Request request) const;
  Response ServeMetrics(const Request& request) const;
  awaitable<Response> ServeDependencies(Action action, Request request, LogEntry& entry) const;
  awaitable<Response> ServePolicy(Request request, LogEntry& entry) const;
  // What `work()` returns; on another thread where it reads or writes so many bytes that it takes long.
  template <typename Work>
  awaitable<std::invoke_result_t<Work&>> Compute(std::size_t bytes, Work work) const;
  awaitable<Response> CallDependencies(Action action, EnvironmentKey key, Locale locale) const;

  ApiOptions options_;
  Runner& runner_;
  Dependencies dependencies_;
  mutable std::string public_metrics_;
  mutable std::chrono::steady_clock::time_point public_metrics_until_;
  mutable std::map<Locale, Response> policy_replies_;  // made when first asked for: a policy never changes
};

template <typename Work>
awaitable<std::invoke_result_t<Work&>> Api::Compute(std::size_t bytes, Work work) const {
  if (options_.pool == nullptr || bytes <= kOnTheSpot) co_return work();
  co_return co_await Aside(*options_.pool, std::move(work));
}

awaitable<Response> Api::Handle(std::shared_ptr<const Api> self, Request request) {
  LogEntry entry(self->options_.log, request);
  const Route* route = FindRoute(self->options_, request.method, PathOf(request));
  if (route && route->action == Action::kHealth) {
    Response healthy;
    healthy.content_type = http::kJson;
    healthy.body = "\"ok\"";
    co_return healthy;
  }
  const bool is_asked_often = route && (route->action == Action::kReady || route->action == Action::kMetrics);
  try {
    Response response = co_await self->Dispatch(std::move(request), entry);
    if (!is_asked_often) response.after = entry.WriteLater(response.status, self);
    co_return response;
  } catch (const boost::system::system_error& error) {
    const bool cancelled = error.code() == asio::error::operation_aborted;
    entry.log.message = cancelled ? "the client left" : error.what();
    if (!cancelled || !is_asked_often) entry.Write(cancelled ? kClientLeft : 500);
    throw;
  } catch (const std::exception& error) {
    entry.log.message = error.what();
    entry.Write(500);
    throw;
  }
}

awaitable<Response> Api::Dispatch(Request request, LogEntry& entry) const {
  std::optional<Response> known = AnswerFromHead(options_, request);
  if (known) co_return std::move(*known);
  const Action action = FindRoute(options_, request.method, PathOf(request))->action;
  if (action == Action::kRun || action == Action::kTrace) {
    co_return co_await Run(action, std::move(request), entry);
  }
  if (action == Action::kReady) co_return co_await ServeReady(std::move(request));
  if (action == Action::kMetrics) co_return ServeMetrics(request);
  if (action == Action::kPolicy) co_return co_await ServePolicy(std::move(request), entry);
  co_return co_await ServeDependencies(action, std::move(request), entry);
}

awaitable<Response> Api::ServeReady(Request request) const {
  const ReadyDetail detail = SeesDetails(options_, request) ? ReadyDetail::kAll : ReadyDetail::kNone;
  const Locale locale = AcceptedLocale(request.header("Accept-Language"), options_.language);
  ReadyState state;
  state.languages = co_await options_.readiness->Ask();
  state.draining = options_.readiness->draining();
  if (detail == ReadyDetail::kAll && options_.warnings) state.warnings = options_.warnings(locale);
  co_return ReadyReply(state, detail);
}

Response Api::ServeMetrics(const Request& request) const {
  Response response;
  response.content_type = kMetricsContentType;
  if (SeesMetrics(options_, request)) {
    response.body = options_.metrics.text();
    return response;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now >= public_metrics_until_) {
    public_metrics_ = options_.metrics.text();
    public_metrics_until_ = now + kMetricsAge;
  }
  response.body = public_metrics_;
  return response;
}

// The name of the key that a run is counted for, and what the configuration says of it: null for app.key.
const ApiKey* Api::KeyOf(Action action, const Request& request, std::string& name) const {
  name = kDefaultKeyName;
  if (NeedsAdminKey(action)) return nullptr;
  const auto match = MatchKey(request.header("X-Api-Key"), options_.key, options_.keys);
  if (!match || *match == 0) return nullptr;
  const ApiKey* key = &options_.keys.at(*match - 1);
  name = key->name;
  return key;
}

Response Api::Refuse(Runner::Full full, LogEntry& entry) const {
  const bool of_key = full == Runner::Full::kKey;
  entry.log.refused = of_key ? "key_full" : "server_full";
  Response response =
      entry.Fail(503, -503, of_key ? "Too many requests of this API key" : "Too many requests");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

// `reason` is one of kRefusalReasons (obs/metrics.h).
Response Api::Unavailable(std::string_view reason, const std::string& message, LogEntry& entry) const {
  entry.log.refused = reason;
  Response response = entry.Fail(503, -503, message);
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

awaitable<Response> Api::Run(Action action, Request request, LogEntry& entry) const {
  const ApiKey* key = KeyOf(action, request, entry.log.key);
  const std::variant<Runner::Ticket, Runner::Full> entered = runner_.TryEnter(entry.log.key);
  if (const auto* full = std::get_if<Runner::Full>(&entered)) co_return Refuse(*full, entry);
  Binding binding = co_await Compute(request.body.size(), [&request] { return BindRun(request); });
  const Locale locale = AcceptedLocale(request.header("Accept-Language"), options_.language);
  request = Request();  // a large body is not kept while the run waits
  if (!binding.error.empty()) co_return BindFailure(binding, entry);
  Fields& fields = binding.fields;
  const std::optional<Language> language = LanguageNamed(fields.language);
  if (!language) co_return entry.FailForLanguage(fields.language);
  entry.log.language = fields.language;
  if (fields.enable_network && !options_.enable_network) {
    co_return entry.Fail(200, -400, "network is disabled, please enable it in the configuration");
  }
  if (!fields.profile.empty() && !options_.profiles_in_requests) {
    co_return entry.Fail(
        200, -400,
        Message(
            locale,
            "profile: requests may not choose one; the operator allows it with profiles.in_requests: true"));
  }
  const Limits most = key ? Lowest(options_.limits, key->limits) : options_.limits;
  ReadLimitsResult limits = ReadLimits(fields.limits, most, locale);
  if (!limits.error.empty()) co_return entry.Fail(200, -400, limits.error);
  RunRequest run;
  run.limits = limits.limits;
  run.language = *language;
  run.code = std::move(fields.code);
  if (options_.enable_preload) run.preload = std::move(fields.preload);
  run.enable_network = fields.enable_network;
  run.profile = std::move(fields.profile);
  run.environment = std::move(fields.environment);
  run.trace = action == Action::kTrace;
  run.key = entry.log.key;
  if (key) run.key_limits = key->limits;
  run.run_id = RandomHex(16);
  run.locale = locale;
  co_return co_await Execute(std::move(run), entry);
}

awaitable<Response> Api::Execute(RunRequest run, LogEntry& entry) const {
  entry.log.run_id = run.run_id;
  const Locale locale = run.locale;
  const std::string profile = run.profile;
  std::string failure;
  int code = -500;
  try {
    const RunResult result = co_await runner_.Run(std::move(run));
    NoteResult(result, entry.log);
    entry.log.denials = DenialsForLog(result.denied);
    const std::size_t size = result.stdout_bytes.size() + result.stderr_bytes.size() + result.error.size();
    co_return co_await Compute(size, [&result, locale] { return RunReply(result, locale); });
  } catch (const UnknownProfile&) {
    code = -400;
    failure = Message(locale, "profile: there is no profile \"{}\"", Shown(profile));
  } catch (const BadLimit& error) {
    code = -400;
    failure = error.what();
  } catch (const UnknownEnvironment& error) {
    code = -400;
    failure = error.what();
  } catch (const NotReady& error) {
    co_return Unavailable("not_ready", error.what(), entry);
  } catch (const Stopping& error) {
    co_return Unavailable("stopping", error.what(), entry);
  } catch (const Error& error) {
    failure = error.what();
  }
  co_return entry.Fail(200, code, failure);
}

awaitable<Response> Api::ServeDependencies(Action action, Request request, LogEntry& entry) const {
  const Binding binding =
      co_await Compute(request.body.size(), [&request] { return BindEnvironment(request); });
  if (!binding.error.empty()) co_return BindFailure(binding, entry);
  const std::string& name = binding.fields.language;
  const std::optional<Language> language = name.empty() ? Language::kPython : LanguageNamed(name);
  if (!language) co_return entry.FailForLanguage(name);
  entry.log.language = name.empty() ? "python3" : name;
  std::string failure;
  int code = -500;
  const Locale locale = AcceptedLocale(request.header("Accept-Language"), options_.language);
  const EnvironmentKey key{*language, binding.fields.environment};
  try {
    co_return co_await CallDependencies(action, key, locale);
  } catch (const UnknownEnvironment& error) {
    code = -400;
    failure = error.what();
  } catch (const NotReady& error) {
    co_return Unavailable("not_ready", error.what(), entry);
  } catch (const Stopping& error) {
    co_return Unavailable("stopping", TranslateFilled(locale, error.what()), entry);
  } catch (const Error& error) {
    failure = error.what();
  }
  co_return entry.Fail(200, code, failure);
}

awaitable<Response> Api::ServePolicy(Request request, LogEntry& entry) const {
  constexpr std::size_t kBytes = 512u << 10;  // about what the reply has
  if (options_.policies.without_network == nullptr) {
    co_return entry.Fail(200, -500, "this server has no policy");
  }
  const Locale locale = AcceptedLocale(request.header("Accept-Language"), options_.language);
  if (!policy_replies_.contains(locale)) {
    Response reply =
        co_await Compute(kBytes, [this, locale] { return PolicyReply(options_.policies, locale); });
    policy_replies_.emplace(locale, std::move(reply));
  }
  co_return policy_replies_.at(locale);
}

awaitable<Response> Api::CallDependencies(Action action, EnvironmentKey key, Locale locale) const {
  if (action == Action::kUpdateDependencies) {
    if (dependencies_.update) co_await dependencies_.update(key.language);
    co_return SuccessReply("{}");
  }
  const bool anew = action == Action::kRefreshDependencies && dependencies_.refresh;
  const DependencyLister& lister = anew ? dependencies_.refresh : dependencies_.list;
  if (!lister) throw Error("cannot list dependencies: this server keeps no list of them");
  co_return DependenciesReply(co_await lister(key, locale));
}

}  // namespace

http::Handler MakeHandler(const ApiOptions& options, Runner& runner, Dependencies dependencies) {
  auto api = std::make_shared<const Api>(options, runner, std::move(dependencies));
  return [api](Request request) { return Api::Handle(api, std::move(request)); };
}

http::Precheck MakePrecheck(const ApiOptions& options) {
  return [options](const Request& request) {
    std::optional<Response> answer = AnswerFromHead(options, request);
    if (answer) LogEntry(options.log, request).Write(answer->status);
    return answer;
  };
}

std::function<void(const http::Refusal&)> MakeRefusalLogger(const ApiOptions& options) {
  return [options](const http::Refusal& refusal) {
    Request request;
    request.method = refusal.method;
    request.target = refusal.target;
    LogEntry entry(options.log, request);
    entry.log.code = -static_cast<int>(refusal.status);
    entry.log.message = refusal.message;
    entry.Write(refusal.status);
  };
}

}  // namespace sandgate::api

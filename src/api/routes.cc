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

#include "api/bind.h"
#include "api/limits.h"
#include "api/reply.h"
#include "base/error.h"
#include "base/text.h"
#include "run/aside.h"
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

constexpr unsigned kClientLeft = 499;

enum class Action {
  kHealth,
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

constexpr std::array<Route, 7> kRoutes{{
    {"GET", "/health", Action::kHealth},
    {"POST", "/v1/sandbox/run", Action::kRun},
    {"POST", "/v1/sandbox/trace", Action::kTrace},
    {"GET", "/v1/sandbox/dependencies", Action::kListDependencies},
    {"GET", "/v1/sandbox/dependencies/refresh", Action::kRefreshDependencies},
    {"POST", "/v1/sandbox/dependencies/update", Action::kUpdateDependencies},
    {"GET", "/v1/sandbox/policy", Action::kPolicy},
}};

// Routes that only the operator may use.
bool NeedsAdminKey(Action action) { return action == Action::kTrace; }

const Route* FindRoute(const ApiOptions& options, std::string_view method, std::string_view path) {
  for (const Route& route : kRoutes) {
    if (NeedsAdminKey(route.action) && options.admin_key.empty()) continue;
    if (route.method == method && route.path == path) return &route;
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

// An answer that is known from route and key alone.
std::optional<Response> AnswerFromHead(const ApiOptions& options, const Request& request) {
  const Route* route = FindRoute(options, request.method, PathOf(request));
  if (!route) return NoRoute(options, request);
  if (route->action == Action::kHealth) return std::nullopt;
  const std::string& key = NeedsAdminKey(route->action) ? options.admin_key : options.key;
  if (!key.empty() && ConstantTimeEqual(request.header("X-Api-Key"), key)) return std::nullopt;
  Response unauthorized;
  unauthorized.status = 401;
  return unauthorized;
}

// Carries one request's log entry; written when the request is done, whichever way that is.
class LogEntry {
 public:
  LogEntry(const RequestLogger& logger, const Request& request) : log(BeginLog(request)), logger_(logger) {}
  LogEntry(const LogEntry&) = delete;
  LogEntry& operator=(const LogEntry&) = delete;

  void Write(unsigned status) {
    if (!logger_) return;
    log.status = status;
    log.duration_ms = std::chrono::duration<double, std::milli>(Clock::now() - begin_).count();
    logger_(log);
  }
  // An error reply, noted in the log.
  Response Fail(unsigned status, int code, const std::string& message) {
    log.code = code;
    log.message = message;
    return ErrorResponse(status, code, message);
  }

  RequestLog log;

 private:
  using Clock = std::chrono::steady_clock;
  const RequestLogger& logger_;
  Clock::time_point begin_ = Clock::now();
};

std::optional<Language> LanguageOf(std::string_view name) {
  if (name == "python3") return Language::kPython;
  if (name == "nodejs") return Language::kNode;
  return std::nullopt;
}

// The status of a binding error depends on the Content-Type, and so does the type of the answer.
Response BindFailure(const Binding& binding, LogEntry& entry) {
  Response response = entry.Fail(binding.exact_json ? 400 : 200, -400, binding.error);
  if (binding.exact_json) response.content_type = "text/plain; charset=utf-8";
  return response;
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
  awaitable<Response> ServeDependencies(Action action, Request request, LogEntry& entry) const;
  awaitable<Response> ServePolicy(Request request, LogEntry& entry) const;
  // What `work()` returns; on another thread where it reads or writes so many bytes that it takes long.
  template <typename Work>
  awaitable<std::invoke_result_t<Work&>> Compute(std::size_t bytes, Work work) const;
  awaitable<Response> CallDependencies(Action action, Language language) const;

  ApiOptions options_;
  Runner& runner_;
  Dependencies dependencies_;
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
  try {
    Response response = co_await self->Dispatch(std::move(request), entry);
    entry.Write(response.status);
    co_return response;
  } catch (const boost::system::system_error& error) {
    const bool cancelled = error.code() == asio::error::operation_aborted;
    entry.log.message = cancelled ? "the client left" : error.what();
    entry.Write(cancelled ? kClientLeft : 500);
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
  if (action == Action::kPolicy) co_return co_await ServePolicy(std::move(request), entry);
  co_return co_await ServeDependencies(action, std::move(request), entry);
}

awaitable<Response> Api::Run(Action action, Request request, LogEntry& entry) const {
  const std::optional<Runner::Ticket> ticket = runner_.TryEnter();
  if (!ticket) {
    Response full = entry.Fail(503, -503, "Too many requests");
    full.headers.emplace_back("Retry-After", "1");
    co_return full;
  }
  Binding binding = co_await Compute(request.body.size(), [&request] { return BindRun(request); });
  const Locale locale = AcceptedLocale(request.header("Accept-Language"), options_.language);
  request = Request();  // a large body is not kept while the run waits
  if (!binding.error.empty()) co_return BindFailure(binding, entry);
  Fields& fields = binding.fields;
  const std::optional<Language> language = LanguageOf(fields.language);
  if (!language) co_return entry.Fail(400, -400, "unsupported language");
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
  ReadLimitsResult limits = ReadLimits(fields.limits, options_.limits, locale);
  if (!limits.error.empty()) co_return entry.Fail(200, -400, limits.error);
  RunRequest run;
  run.limits = limits.limits;
  run.language = *language;
  run.code = std::move(fields.code);
  if (options_.enable_preload) run.preload = std::move(fields.preload);
  run.enable_network = fields.enable_network;
  run.profile = std::move(fields.profile);
  run.trace = action == Action::kTrace;
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
    entry.log.outcome = OutcomeName(result.outcome);
    for (const Denial& denial : result.denied) {
      entry.log.denied.push_back(denial.syscall.empty() ? denial.layer : denial.syscall);
    }
    entry.log.denials = DenialsForLog(result.denied);
    const std::size_t size = result.stdout_bytes.size() + result.stderr_bytes.size() + result.error.size();
    co_return co_await Compute(size, [&result, locale] { return RunReply(result, locale); });
  } catch (const UnknownProfile&) {
    code = -400;
    failure = Message(locale, "profile: there is no profile \"{}\"", profile);
  } catch (const BadLimit& error) {
    code = -400;
    failure = error.what();
  } catch (const Error& error) {
    failure = error.what();
  }
  co_return entry.Fail(200, code, failure);
}

awaitable<Response> Api::ServeDependencies(Action action, Request request, LogEntry& entry) const {
  const Binding binding = co_await Compute(request.body.size(), [&request] { return BindLanguage(request); });
  if (!binding.error.empty()) co_return BindFailure(binding, entry);
  const std::string& name = binding.fields.language;
  const std::optional<Language> language = name.empty() ? Language::kPython : LanguageOf(name);
  if (!language) co_return entry.Fail(400, -400, "unsupported language");
  entry.log.language = name.empty() ? "python3" : name;
  std::string failure;
  try {
    co_return co_await CallDependencies(action, *language);
  } catch (const Error& error) {
    failure = error.what();
  }
  co_return entry.Fail(200, -500, failure);
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

awaitable<Response> Api::CallDependencies(Action action, Language language) const {
  if (action == Action::kUpdateDependencies) {
    if (dependencies_.update) co_await dependencies_.update(language);
    co_return SuccessReply("{}");
  }
  const bool anew = action == Action::kRefreshDependencies && dependencies_.refresh;
  const DependencyLister& lister = anew ? dependencies_.refresh : dependencies_.list;
  if (!lister) throw Error("cannot list dependencies: this server keeps no list of them");
  co_return DependenciesReply(co_await lister(language));
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

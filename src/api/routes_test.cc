// SPDX-License-Identifier: Apache-2.0
// The handler from request to reply, with a runner that echoes.
#include "api/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

#include "base/error.h"

namespace sandgate::api {
namespace {

namespace asio = boost::asio;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kNotFound[] = "404 page not found";

// Gives back what it was asked; code "error" throws Error, "stopping" Stopping, "crash" another exception,
// "wait" never ends.
class EchoRunner : public Runner {
 public:
  explicit EchoRunner(asio::io_context& io) : io_(io) {}
  std::variant<Ticket, Full> TryEnter(const std::string& key) override {
    entered = key;
    if (key == full_key) return Full::kKey;
    if (*under_way >= max_requests) return Full::kServer;
    return Ticket(under_way, std::make_shared<int>(0));
  }
  asio::awaitable<void> Close() override { co_return; }
  asio::awaitable<RunResult> Run(RunRequest request) override {
    if (request.code == "error") throw Error("cannot start \"python\"");
    if (request.code == "stopping") throw Stopping("the run was ended");
    if (request.code == "crash") throw std::runtime_error("bug");
    if (request.code == "wait") {
      asio::steady_timer timer(io_, std::chrono::hours(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
    last = request;
    co_return result;
  }

  std::shared_ptr<int> under_way = std::make_shared<int>(0);
  int max_requests = 1;
  std::string entered;   // the key that asked last
  std::string full_key;  // one that has max_requests under way
  RunRequest last;
  RunResult result;

 private:
  asio::io_context& io_;
};

using Packages = std::vector<std::pair<std::string, std::string>>;

class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest() {
    options_.key = "secret";
    options_.log = [this](const RequestLog& log) { logs_.push_back(log); };
    dependencies_.list = [this](EnvironmentKey key, Locale) -> asio::awaitable<Packages> {
      listed_ = key;
      if (key.name == "none") throw UnknownEnvironment("there is no environment \"none\"");
      if (key.name == "new") throw NotReady("the packages are being installed");
      if (!list_error_.empty()) throw Error(list_error_);
      co_return Packages{{"jinja2", "3.1.6"}, {"httpx", ""}};
    };
  }

  http::Response Call(http::Request request) {
    if (with_key_) request.headers.emplace_back("X-Api-Key", "secret");
    http::Response answer;
    failure_ = nullptr;
    const http::Handler handler = MakeHandler(options_, runner_, dependencies_);
    asio::co_spawn(io_, handler(std::move(request)),
                   [&](std::exception_ptr failure, http::Response response) {
                     failure_ = failure;
                     answer = std::move(response);
                   });
    io_.restart();
    io_.run();
    if (answer.after) answer.after();
    return answer;
  }
  http::Response Get(const std::string& target) { return Call({.method = "GET", .target = target}); }
  http::Response Post(const std::string& target, std::string body = "",
                      const std::string& type = "application/json") {
    http::Request request{.method = "POST", .target = target, .body = std::move(body)};
    request.headers.emplace_back("Content-Type", type);
    return Call(std::move(request));
  }
  http::Response Run(const std::string& body) { return Post("/v1/sandbox/run", body); }

  asio::io_context io_;
  EchoRunner runner_{io_};
  ApiOptions options_;
  Dependencies dependencies_;
  bool with_key_ = true;
  std::optional<EnvironmentKey> listed_;
  std::string list_error_;
  std::vector<RequestLog> logs_;
  std::exception_ptr failure_;
};

TEST_F(RoutesTest, HealthIsOkWithoutKeyAndIsNotLogged) {
  with_key_ = false;
  const http::Response response = Get("/health");
  EXPECT_EQ(200u, response.status);
  EXPECT_EQ("\"ok\"", response.body);
  EXPECT_EQ("application/json; charset=utf-8", response.content_type);
  EXPECT_TRUE(logs_.empty());
}

// With the pool's only thread held up, a small request is answered and a large one is not.
TEST_F(RoutesTest, LargeBodiesAreReadWhileOthersAreAnswered) {
  asio::thread_pool pool(1);
  options_.pool = &pool;
  runner_.max_requests = 2;
  std::promise<void> go;
  asio::post(pool, [held = go.get_future().share()] { held.wait(); });
  const http::Handler handler = MakeHandler(options_, runner_, dependencies_);
  std::vector<std::string> answers;
  const auto ask = [&](const std::string& code) {
    http::Request request{.method = "POST", .target = "/v1/sandbox/run"};
    request.headers = {{"X-Api-Key", "secret"}, {"Content-Type", "application/json"}};
    request.body = R"({"language":"python3","code":")" + code + "\"}";
    asio::co_spawn(io_, handler(std::move(request)), [&answers, code](std::exception_ptr, http::Response) {
      answers.push_back(code.substr(0, 5));
    });
  };
  ask("large" + std::string(1u << 20, ' '));
  ask("small");
  while (answers.empty()) io_.run_one();
  EXPECT_THAT(answers, ElementsAre("small"));
  go.set_value();
  io_.run();
  EXPECT_THAT(answers, ElementsAre("small", "large"));
}

TEST_F(RoutesTest, UnknownPathsAndMethodsAre404WithOrWithoutKey) {
  with_key_ = false;
  EXPECT_EQ(kNotFound, Get("/").body);
  EXPECT_EQ(404u, Get("/v1/sandbox/run").status);
  EXPECT_EQ(404u, Call({.method = "HEAD", .target = "/health"}).status);
  EXPECT_EQ("text/plain; charset=utf-8", Get("/nothing/").content_type);
}

TEST_F(RoutesTest, TrailingSlashIsRedirectedBeforeTheKeyIsChecked) {
  with_key_ = false;
  const http::Response post = Post("/v1/sandbox/run/?a=1");
  EXPECT_EQ(307u, post.status);
  EXPECT_THAT(post.headers,
              ElementsAre(std::pair<std::string, std::string>("Location", "/v1/sandbox/run?a=1")));
  EXPECT_EQ(301u, Get("/health/").status);
}

TEST_F(RoutesTest, ThePolicyIsToldInTheLanguageOfTheRequest) {
  EXPECT_THAT(Get("/v1/sandbox/policy").body, HasSubstr("-500")) << "a server without a policy says so";
  const Policy policy = Policy::Make({});
  options_.policies = {nullptr, &policy};
  const std::string english = Get("/v1/sandbox/policy").body;
  EXPECT_THAT(english, StartsWith(R"({"code":0,"message":"success","data":{"architecture":)"));
  EXPECT_THAT(english, HasSubstr(R"("with_network":null)"));
  EXPECT_THAT(english, HasSubstr("A program uses it to trace another process."));
  http::Request chinese{.method = "GET", .target = "/v1/sandbox/policy"};
  chinese.headers.emplace_back("Accept-Language", "zh");
  EXPECT_THAT(Call(std::move(chinese)).body, HasSubstr("跟踪另一个进程"));
  with_key_ = false;
  EXPECT_EQ(401u, Get("/v1/sandbox/policy").status);
}

TEST_F(RoutesTest, ThePolicysTextIsMadeOnce) {
  Policy policy = Policy::Make({});
  options_.policies = {nullptr, &policy};
  const http::Handler handler = MakeHandler(options_, runner_, dependencies_);
  std::vector<std::string> bodies;
  for (const bool processes : {false, true}) {
    PolicyOptions changed;
    changed.processes = processes;
    policy = Policy::Make(changed);
    http::Request request{.method = "GET", .target = "/v1/sandbox/policy"};
    request.headers.emplace_back("X-Api-Key", "secret");
    asio::co_spawn(io_, handler(std::move(request)), [&](std::exception_ptr, http::Response response) {
      bodies.push_back(std::move(response.body));
    });
    io_.restart();
    io_.run();
  }
  ASSERT_EQ(2u, bodies.size());
  EXPECT_TRUE(bodies[0] == bodies[1]) << "made anew for the second request";
}

TEST_F(RoutesTest, ARunIsCountedForItsKeyAndHasTheKeysLimits) {
  options_.keys = {{.name = "team-a", .key = "of-a", .limits = {.limit_memory_mb = 64}}};
  with_key_ = false;
  const auto run = [this](const char* key) {
    http::Request request{
        .method = "POST", .target = "/v1/sandbox/run", .body = R"({"language":"python3","code":"x"})"};
    request.headers = {{"X-Api-Key", key}, {"Content-Type", "application/json"}};
    return Call(std::move(request));
  };
  EXPECT_EQ(200u, run("of-a").status);
  EXPECT_EQ("team-a", runner_.last.key);
  EXPECT_EQ(64, runner_.last.key_limits.limit_memory_mb);
  EXPECT_EQ(200u, run("secret").status);
  EXPECT_EQ("default", runner_.last.key);
  EXPECT_EQ(Limits(), runner_.last.key_limits);
  EXPECT_EQ(401u, run("team-a").status);
  runner_.full_key = "team-a";
  const http::Response full = run("of-a");
  EXPECT_EQ(503u, full.status);
  EXPECT_THAT(full.headers, ElementsAre(std::pair<std::string, std::string>("Retry-After", "1")));
  EXPECT_EQ("key_full", logs_.back().refused);
  EXPECT_EQ("team-a", logs_.back().key);
}

TEST_F(RoutesTest, MetricsAreForTheOperatorAndMadeOnceASecondForStrangers) {
  EXPECT_EQ(404u, Get("/metrics").status);
  int made = 0;
  options_.metrics.text = [&made] { return "m " + std::to_string(++made) + "\n"; };
  EXPECT_EQ("m 1\n", Get("/metrics").body);
  with_key_ = false;
  EXPECT_EQ(401u, Get("/metrics").status);
  options_.metrics.is_public = true;
  const http::Handler handler = MakeHandler(options_, runner_, dependencies_);
  for (int i = 0; i < 3; ++i) {
    std::string body;
    asio::co_spawn(io_, handler({.method = "GET", .target = "/metrics"}),
                   [&body](std::exception_ptr, http::Response response) { body = response.body; });
    io_.restart();
    io_.run();
    EXPECT_EQ("m 2\n", body);
  }
}

TEST_F(RoutesTest, TracesAreTheOperatorsAndOffWithoutAKeyOfTheirOwn) {
  const std::string body = R"({"language":"python3","code":"x"})";
  EXPECT_EQ(404u, Post("/v1/sandbox/trace", body).status);
  options_.admin_key = "operator";
  EXPECT_EQ(401u, Post("/v1/sandbox/trace", body).status) << "with the key of the platform";
  options_.admin_key = "secret";
  runner_.result.additions = Additions{};
  const http::Response traced = Post("/v1/sandbox/trace", body);
  EXPECT_EQ(200u, traced.status);
  EXPECT_TRUE(runner_.last.trace);
  EXPECT_THAT(traced.body, HasSubstr(R"("additions":"# Nothing needs to be added.\n","profile":[])"));
  runner_.result.additions.reset();
  EXPECT_THAT(Run(body).body, ::testing::Not(HasSubstr("additions")));
  EXPECT_FALSE(runner_.last.trace);
}

TEST_F(RoutesTest, ProfilesInRequestsMustBeAllowed) {
  const std::string body = R"({"language":"python3","code":"x","profile":"numpy"})";
  EXPECT_THAT(Run(body).body, AllOf(HasSubstr(R"("code":-400)"), HasSubstr("profiles.in_requests: true")));
  options_.profiles_in_requests = true;
  EXPECT_THAT(Run(body).body, HasSubstr(R"("code":0)"));
  EXPECT_EQ("numpy", runner_.last.profile);
}

TEST_F(RoutesTest, WrongKeyIs401WithNothingElse) {
  with_key_ = false;
  const http::Response response = Run("{broken");
  EXPECT_EQ(401u, response.status);
  EXPECT_EQ("", response.body);
  EXPECT_EQ("", response.content_type);
}

TEST_F(RoutesTest, EmptyKeyOpensNothing) {
  options_.key = "";
  with_key_ = false;
  EXPECT_EQ(401u, Run("{}").status);
}

TEST_F(RoutesTest, FullServerIs503BeforeTheBodyIsRead) {
  runner_.max_requests = 0;
  const http::Response response = Run("{broken");
  EXPECT_EQ(503u, response.status);
  EXPECT_EQ(R"({"code":-503,"message":"Too many requests","data":null})", response.body);
  EXPECT_THAT(response.headers, ElementsAre(std::pair<std::string, std::string>("Retry-After", "1")));
}

TEST_F(RoutesTest, RunReplyHasAllKeysInOrder) {
  runner_.result = {
      .outcome = Outcome::kFailed,
      .exit_code = 3,
      .stdout_bytes = "<out>\n",
      .stderr_bytes = "\xff",
      .error = "process exited with code 3",
      .run_id = "id",
      .isolation_mode = "full",
      .layers = {"pid", "seccomp"},
      .usage = {.wall_ms = 1.5, .queue_ms = 2, .cpu_ms = 0.25, .max_rss_bytes = 4096, .read_bytes = 512},
      .limit = LimitHit{"limits.open_files", 16, "limits.open_files", fix_in::kConfig}};
  Denial denial;
  denial.syscall = "ptrace";
  denial.number = 101;
  denial.args = "0, 1";
  denial.object = "program 1";
  denial.count = 2;
  denial.rule = "hazards: ptrace";
  denial.why = "why";
  denial.fix = "fix";
  denial.line = 7;
  runner_.result.denied.push_back(denial);
  EXPECT_EQ(
      R"({"code":0,"message":"success","data":{"stdout":"\u003cout\u003e\n","stderr":"\ufffd",)"
      R"("error":"process exited with code 3","exit_code":3,"run_id":"id","outcome":"failed",)"
      R"("denied":[{"layer":"seccomp","syscall":"ptrace","number":101,"args":"0, 1","object":"program 1",)"
      R"("count":2,"rule":"hazards: ptrace","why":"why","fix":"fix","fix_in":"","line":7}],"isolation":{"mode":"full","layers":["pid","seccomp"]},)"
      R"("usage":{"wall_ms":1.500,"queue_ms":2.000,"cpu_ms":0.250,"max_rss_bytes":4096,)"
      R"("peak_memory_bytes":null,"peak_processes":null,"read_bytes":512,"written_bytes":null},)"
      R"("limit":{"name":"limits.open_files","value":16,"setting":"limits.open_files","set_in":"conf/config.yaml"}}})",
      Run(R"({"language":"python3","code":"x"})").body);
  ASSERT_EQ(1u, logs_.size());
  EXPECT_EQ("failed", logs_[0].outcome);
  EXPECT_THAT(logs_[0].denied, ElementsAre("ptrace"));
  EXPECT_THAT(logs_[0].denials, testing::HasSubstr(R"("rule":"hazards: ptrace")"));
  EXPECT_THAT(logs_[0].denials, testing::Not(testing::HasSubstr("program 1")))
      << "that came from the program";
}

TEST_F(RoutesTest, RequestReachesTheRunner) {
  options_.enable_network = true;
  Run(R"({"language":"nodejs","code":"a\u0000b","preload":"p","enable_network":true})");
  EXPECT_EQ(Language::kNode, runner_.last.language);
  EXPECT_EQ(std::string("a\0b", 3), runner_.last.code);
  EXPECT_TRUE(runner_.last.enable_network);
  EXPECT_EQ("", runner_.last.preload) << "preload is off";
  EXPECT_EQ(32u, runner_.last.run_id.size());
  EXPECT_EQ(runner_.last.run_id, logs_[0].run_id);
}

TEST_F(RoutesTest, PreloadIsPassedOnWhereItIsEnabled) {
  options_.enable_preload = true;
  Run(R"({"language":"python3","code":"x","preload":"p"})");
  EXPECT_EQ("p", runner_.last.preload);
}

TEST_F(RoutesTest, BindingErrorsDependOnTheContentType) {
  const http::Response exact = Run("");
  EXPECT_EQ(400u, exact.status);
  EXPECT_EQ("text/plain; charset=utf-8", exact.content_type);
  EXPECT_EQ(R"({"code":-400,"message":"EOF","data":null})", exact.body);
  const http::Response other = Post("/v1/sandbox/run", "", "application/json; charset=utf-8");
  EXPECT_EQ(200u, other.status);
  EXPECT_EQ("application/json; charset=utf-8", other.content_type);
  EXPECT_EQ(exact.body, other.body);
}

TEST_F(RoutesTest, UnknownLanguageIs400) {
  const http::Response response = Run(R"({"language":"PYTHON3","code":"x","enable_network":true})");
  EXPECT_EQ(400u, response.status);
  EXPECT_EQ("application/json; charset=utf-8", response.content_type);
  EXPECT_EQ(R"({"code":-400,"message":"unsupported language","data":null})", response.body);
}

TEST_F(RoutesTest, NetworkThatIsDisabledIsRefused) {
  const http::Response response = Run(R"({"language":"python3","code":"x","enable_network":true})");
  EXPECT_EQ(200u, response.status);
  EXPECT_EQ(
      R"({"code":-400,"message":"network is disabled, please enable it in the configuration","data":null})",
      response.body);
}

TEST_F(RoutesTest, RunThatCannotBeDoneIsCodeMinus500) {
  const http::Response response = Run(R"({"language":"python3","code":"error"})");
  EXPECT_EQ(200u, response.status);
  EXPECT_EQ(R"({"code":-500,"message":"cannot start \"python\"","data":null})", response.body);
  EXPECT_EQ(0, *runner_.under_way);
}

TEST_F(RoutesTest, OtherExceptionsReachTheServerAndAreLogged) {
  Run(R"({"language":"python3","code":"crash"})");
  EXPECT_TRUE(failure_);
  EXPECT_EQ(500u, logs_.at(0).status);
  EXPECT_EQ("bug", logs_.at(0).message);
}

TEST_F(RoutesTest, RunThatIsGivenUpAsTheServerStopsIs503) {
  const http::Response response = Run(R"({"language":"python3","code":"stopping"})");
  EXPECT_EQ(503u, response.status);
  EXPECT_EQ(R"({"code":-503,"message":"the run was ended","data":null})", response.body);
  EXPECT_EQ("stopping", logs_.at(0).refused);
  EXPECT_EQ(503u, logs_.at(0).status);
}

TEST_F(RoutesTest, CancelledRunGivesItsPlaceBack) {
  asio::cancellation_signal cancel;
  http::Request request{.method = "POST", .target = "/v1/sandbox/run"};
  request.headers = {{"Content-Type", "application/json"}, {"x-api-key", "secret"}};
  request.body = R"({"language":"python3","code":"wait"})";
  const http::Handler handler = MakeHandler(options_, runner_, dependencies_);
  asio::co_spawn(io_, handler(std::move(request)),
                 asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr, http::Response) {}));
  io_.poll();
  EXPECT_EQ(1, *runner_.under_way);
  cancel.emit(asio::cancellation_type::terminal);
  io_.run();
  EXPECT_EQ(0, *runner_.under_way);
  EXPECT_EQ(499u, logs_.at(0).status);
}

TEST_F(RoutesTest, DependenciesAreListed) {
  EXPECT_EQ(R"({"code":0,"message":"success","data":{"dependencies":[{"name":"jinja2","version":"3.1.6"},)"
            R"({"name":"httpx","version":""}]}})",
            Get("/v1/sandbox/dependencies").body);
  EXPECT_EQ((EnvironmentKey{Language::kPython, ""}), listed_);
  EXPECT_THAT(Get("/v1/sandbox/dependencies/refresh?language=nodejs").body, StartsWith("{\"code\":0,"));
  EXPECT_EQ((EnvironmentKey{Language::kNode, ""}), listed_);
  EXPECT_EQ(400u, Get("/v1/sandbox/dependencies?language=ruby").status);
}

TEST_F(RoutesTest, DependenciesAreThoseOfTheEnvironmentThatIsNamed) {
  EXPECT_THAT(Get("/v1/sandbox/dependencies?environment=data").body, StartsWith("{\"code\":0,"));
  EXPECT_EQ((EnvironmentKey{Language::kPython, "data"}), listed_);
  const std::string unknown = R"({"code":-400,"message":"there is no environment \"none\"","data":null})";
  EXPECT_EQ(unknown, Get("/v1/sandbox/dependencies?environment=none").body);
  EXPECT_EQ(503u, Get("/v1/sandbox/dependencies?environment=new").status);
}

TEST_F(RoutesTest, DependencyFailuresAreToldAsSuch) {
  list_error_ = "pip failed";
  EXPECT_EQ(R"({"code":-500,"message":"pip failed","data":null})",
            Get("/v1/sandbox/dependencies/refresh").body);
  dependencies_.update = [](Language) -> asio::awaitable<void> {
    throw Error("no space");
    co_return;
  };
  EXPECT_THAT(Post("/v1/sandbox/dependencies/update", "{}").body, HasSubstr("\"no space\""));
}

TEST_F(RoutesTest, UpdateAnswersAnEmptyObject) {
  EXPECT_EQ(R"({"code":0,"message":"success","data":{}})",
            Post("/v1/sandbox/dependencies/update", "{}").body);
}

TEST_F(RoutesTest, PrecheckAnswersAndLogsOnlyWhatNeedsNoBody) {
  const http::Precheck precheck = MakePrecheck(options_);
  http::Request request{.method = "POST", .target = "/v1/sandbox/run"};
  EXPECT_EQ(401u, precheck(request).value().status);
  EXPECT_EQ(401u, logs_.at(0).status);
  EXPECT_EQ("no X-Api-Key", logs_.at(0).message);
  request.headers.emplace_back("X-Api-Key", "wrong");
  EXPECT_EQ(401u, precheck(request).value().status);
  EXPECT_EQ("not with this X-Api-Key", logs_.at(1).message);
  request.headers.back().second = "secret";
  EXPECT_FALSE(precheck(request).has_value());
  EXPECT_EQ(2u, logs_.size());
}

TEST(TraceTest, OnlyWellFormedParentsAreTaken) {
  const std::string trace(32, 'a');
  const std::string span(16, 'b');
  const TraceIds ids = ParseTraceparent("00-" + trace + "-" + span + "-01");
  EXPECT_EQ(trace, ids.trace_id);
  EXPECT_EQ(span, ids.span_id);
  for (const std::string& bad : {"01-" + trace + "-" + span + "-01", "00-" + trace + "-" + span + "-1",
                                 "00-" + trace + "-" + span + "-01-x",
                                 "00-" + std::string(32, 'g') + "-" + span + "-01", std::string()}) {
    EXPECT_NE(trace, ParseTraceparent(bad).trace_id) << bad;
    EXPECT_EQ(32u, ParseTraceparent(bad).trace_id.size());
    EXPECT_EQ(16u, ParseTraceparent(bad).span_id.size());
  }
}

TEST_F(RoutesTest, WhoAskedIsLogged) {
  http::Request request{.method = "GET", .target = "/x?secret=1"};
  request.headers = {{"X-User-ID", "u1"},
                     {"x-user-type", "account"},
                     {"traceparent", "00-" + std::string(32, 'a') + "-" + std::string(16, 'b') + "-01"}};
  Call(request);
  EXPECT_EQ("u1", logs_.at(0).user_id);
  EXPECT_EQ("account", logs_.at(0).user_type);
  EXPECT_EQ(std::string(32, 'a'), logs_.at(0).trace_id);
  EXPECT_EQ("/x", logs_.at(0).path);
}

}  // namespace
}  // namespace sandgate::api

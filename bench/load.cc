// SPDX-License-Identifier: Apache-2.0
// A load client: N threads send one request after the other to POST /v1/sandbox/run, each over one
// kept connection, check every reply and measure how long it took.
//
// With --cold it starts a program again and again instead (posix_spawn, then waitpid), so that the cold
// start of an interpreter is measured by the same clock with the same threads. Prints one line, with
// --json as JSON. Called by runs.py and by hand; exits with 1 when a reply was wrong.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string host = "127.0.0.1";
  std::string port;
  std::string key;
  std::string language = "python3";
  std::string code = "print(1)";
  std::string expect = "1\n";
  unsigned clients = 1;
  double seconds = 5;
  double pause_ms = 0;
  std::uint64_t count = 0;  // 0: as many as fit into `seconds`
  bool cold = false;
  bool as_json = false;
  std::vector<std::string> command;
};

// Milliseconds of each run, and what went wrong.
struct Samples {
  std::vector<double> milliseconds;
  std::vector<double> inside;  // the same runs as the server measured them (usage.wall_ms)
  std::uint64_t failed = 0;
  std::string first_failure;

  void Add(const Samples& other) {
    milliseconds.insert(milliseconds.end(), other.milliseconds.begin(), other.milliseconds.end());
    inside.insert(inside.end(), other.inside.begin(), other.inside.end());
    failed += other.failed;
    if (first_failure.empty()) first_failure = other.first_failure;
  }
};

struct Measured {
  double milliseconds;
  double inside = 0;  // where a server has measured it too
};

// One thing that is measured: does it once. Throws when the result is not what it should be.
using Work = std::function<Measured()>;

double MillisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// Says whether one more run may begin; shared by the clients.
class Budget {
 public:
  explicit Budget(const Options& options)
      : left_(options.count),
        counted_(options.count != 0),
        end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds))) {}

  bool Take() {
    if (!counted_) return Clock::now() < end_;
    std::uint64_t left = left_.load();
    while (left != 0 && !left_.compare_exchange_weak(left, left - 1)) {
    }
    return left != 0;
  }

 private:
  std::atomic<std::uint64_t> left_;
  bool counted_;
  Clock::time_point end_;
};

// A kept connection to the server.
class Connection {
 public:
  explicit Connection(const Options& options) : options_(options), stream_(io_) {
    json::object body = {
        {"language", options.language}, {"code", options.code}, {"preload", ""}, {"enable_network", false}};
    request_.method(http::verb::post);
    request_.target("/v1/sandbox/run");
    request_.set(http::field::host, options.host);
    request_.set(http::field::content_type, "application/json");
    request_.set("X-Api-Key", options.key);
    request_.body() = json::serialize(body);
    request_.prepare_payload();
    asio::ip::tcp::resolver resolver(io_);
    asio::connect(stream_.socket(), resolver.resolve(options.host, options.port));
    stream_.socket().set_option(asio::ip::tcp::no_delay(true));
  }

  // From the first byte of the request to the last of the reply.
  Measured RunOnce() {
    http::response<http::string_body> response;
    const auto begin = Clock::now();
    http::write(stream_, request_);
    http::read(stream_, buffer_, response);
    const double milliseconds = MillisecondsSince(begin);
    return {milliseconds, Verify(response)};
  }

 private:
  // The reply's usage.wall_ms.
  double Verify(const http::response<http::string_body>& response) const {
    if (response.result() != http::status::ok) {
      throw std::runtime_error("HTTP " + std::to_string(response.result_int()) + ": " + response.body());
    }
    const json::value reply = json::parse(response.body());
    const json::value* output = reply.as_object().if_contains("data");
    if (output == nullptr || !output->is_object() || output->at("stdout").as_string() != options_.expect) {
      throw std::runtime_error("another reply than expected: " + response.body());
    }
    return output->at("usage").at("wall_ms").to_number<double>();
  }

  const Options& options_;
  asio::io_context io_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
};

// Starts programs in a clean environment, with nothing on stdin and stdout thrown away.
class ColdStart {
 public:
  explicit ColdStart(const std::vector<std::string>& command) : command_(command) {
    for (std::string& word : command_) argv_.push_back(word.data());
    argv_.push_back(nullptr);
    for (const char* name : {"PATH", "HOME", "LANG"}) {
      if (const char* value = std::getenv(name)) environment_.push_back(std::string(name) + "=" + value);
    }
    for (std::string& variable : environment_) envp_.push_back(variable.data());
    envp_.push_back(nullptr);
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
  }
  ColdStart(const ColdStart&) = delete;
  ColdStart& operator=(const ColdStart&) = delete;
  ~ColdStart() { posix_spawn_file_actions_destroy(&actions_); }

  Measured RunOnce() {
    const auto begin = Clock::now();
    pid_t pid = 0;
    const int error = posix_spawnp(&pid, argv_[0], &actions_, nullptr, argv_.data(), envp_.data());
    if (error != 0) throw std::runtime_error("start " + command_[0] + ": " + std::strerror(error));
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0) {
      throw std::runtime_error(command_[0] + " ended with wait status " + std::to_string(status));
    }
    return {MillisecondsSince(begin)};
  }

 private:
  std::vector<std::string> command_;
  std::vector<std::string> environment_;
  std::vector<char*> argv_;
  std::vector<char*> envp_;
  posix_spawn_file_actions_t actions_{};
};

Samples Measure(const Options& options, Budget& budget, const Work& work) {
  const std::chrono::duration<double, std::milli> pause(options.pause_ms);
  Samples samples;
  while (budget.Take()) {
    if (options.pause_ms > 0) std::this_thread::sleep_for(pause);
    const Measured measured = work();
    samples.milliseconds.push_back(measured.milliseconds);
    samples.inside.push_back(measured.inside);
  }
  return samples;
}

// One client; a failure ends it, since its connection may be unusable.
Samples RunClient(const Options& options, Budget& budget) {
  Samples samples;
  try {
    if (options.cold) {
      ColdStart start(options.command);
      samples = Measure(options, budget, [&start] { return start.RunOnce(); });
    } else {
      Connection connection(options);
      samples = Measure(options, budget, [&connection] { return connection.RunOnce(); });
    }
  } catch (const std::exception& error) {
    samples.failed = 1;
    samples.first_failure = error.what();
  }
  return samples;
}

// `sorted` in ascending order; 0 when empty.
double Percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(index, sorted.size() - 1)];
}

// Each list of `samples` sorted in ascending order.
void Print(const Options& options, const Samples& samples, double seconds) {
  const std::vector<double>& all = samples.milliseconds;
  const double rate = static_cast<double>(all.size()) / seconds;
  if (options.as_json) {
    const json::object line = {{"runs", all.size()},
                               {"failed", samples.failed},
                               {"seconds", seconds},
                               {"per_second", rate},
                               {"p50_ms", Percentile(all, 0.50)},
                               {"p95_ms", Percentile(all, 0.95)},
                               {"p99_ms", Percentile(all, 0.99)},
                               {"inside_p50_ms", Percentile(samples.inside, 0.50)},
                               {"max_ms", all.empty() ? 0 : all.back()}};
    std::cout << json::serialize(line) << '\n';
    return;
  }
  std::cout << all.size() << " runs in " << seconds << " s, " << rate << " runs/s; ms: p50 "
            << Percentile(all, 0.50) << ", p95 " << Percentile(all, 0.95) << ", p99 " << Percentile(all, 0.99)
            << ", max " << (all.empty() ? 0 : all.back()) << "; failed " << samples.failed << '\n';
}

// Returns the exit status.
int RunLoad(const Options& options) {
  Budget budget(options);
  Samples total;
  std::mutex mutex;
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (unsigned i = 0; i < options.clients; ++i) {
    threads.emplace_back([&] {
      const Samples samples = RunClient(options, budget);
      const std::scoped_lock lock(mutex);
      total.Add(samples);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::sort(total.milliseconds.begin(), total.milliseconds.end());
  std::sort(total.inside.begin(), total.inside.end());
  Print(options, total, seconds);
  if (total.failed == 0) return 0;
  std::cerr << "sandgate-load: " << total.first_failure << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures POST /v1/sandbox/run, or with --cold the start of a program"};
  app.add_option("--host", options.host, "The server's host");
  app.add_option("--port", options.port, "The server's port");
  app.add_option("--key", options.key, "The X-Api-Key");
  app.add_option("--language", options.language, "python3 or nodejs");
  app.add_option("--code", options.code, "The code of each run");
  app.add_option("--expect", options.expect, "What its stdout must be");
  app.add_option("--clients", options.clients, "Threads")->check(CLI::Range(1, 256));
  app.add_option("--seconds", options.seconds, "How long");
  app.add_option("--pause-ms", options.pause_ms, "Before each run");
  app.add_option("--count", options.count, "How many runs in all, instead of --seconds");
  app.add_flag("--json", options.as_json, "Print JSON");
  app.add_flag("--cold", options.cold, "Start COMMAND instead");
  app.add_option("command", options.command, "The program and its arguments, after --");
  CLI11_PARSE(app, argc, argv);
  if (options.cold ? options.command.empty() : options.port.empty()) {
    std::cerr << "sandgate-load: needs --port, or --cold -- COMMAND\n";
    return 2;
  }
  return RunLoad(options);
}

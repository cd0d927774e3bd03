// SPDX-License-Identifier: Apache-2.0
// The spawner alone: runs one after the other in the engine that the server puts behind HTTP, with its parked
// children, and nothing around it. For each line of standard input, a number of seconds, it prints the p50 of
// as many seconds of runs as JSON. Called by figures.py.
#include "cli/engine.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/load_config.h"
#include "obs/log.h"

namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string config;
  std::string code;
  std::string expect;
  std::chrono::duration<double, std::milli> pause{0};
};

asio::awaitable<double> RunOnce(sandgate::Runner& runner, const Options& options) {
  sandgate::RunRequest request;
  request.code = options.code;
  request.run_id = sandgate::RandomHex(16);
  const auto begin = Clock::now();
  const sandgate::RunResult result = co_await runner.Run(std::move(request));
  const std::chrono::duration<double, std::milli> time = Clock::now() - begin;
  if (result.stdout_bytes != options.expect) throw std::runtime_error("another output: " + result.error);
  co_return time.count();
}

// The p50 of the runs of so many seconds, in milliseconds.
asio::awaitable<double> Round(sandgate::Runner& runner, const Options& options, double seconds) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  std::vector<double> times;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (Clock::now() < end) {
    pause.expires_after(std::chrono::duration_cast<Clock::duration>(options.pause));
    co_await pause.async_wait(asio::use_awaitable);
    const double time = co_await RunOnce(runner, options);
    times.push_back(time);
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  co_return *middle;
}

double Measure(asio::io_context& io, sandgate::Runner& runner, const Options& options, double seconds) {
  double p50 = 0;
  std::exception_ptr failed;
  asio::co_spawn(io, Round(runner, options, seconds), [&](std::exception_ptr error, double value) {
    failed = error;
    p50 = value;
    io.stop();
  });
  io.run();
  io.restart();
  if (failed) std::rethrow_exception(failed);
  return p50;
}

void Serve(const Options& options) {
  ::signal(SIGPIPE, SIG_IGN);
  const sandgate::Config config = sandgate::LoadConfig(options.config).config;
  sandgate::Logger log(sandgate::LogOptions{.path = "", .level = sandgate::LogLevel::kError});
  asio::io_context io(1);
  sandgate::Engine engine(io, config, log);
  engine.UseForkServers();
  engine.WarmUp();
  std::exception_ptr failed;
  try {
    for (double seconds = 0; std::cin >> seconds;) {
      const double p50 = Measure(io, engine.runner(), options, seconds);
      std::cout << "{\"p50_ms\":" << p50 << '}' << std::endl;
    }
  } catch (...) {
    failed = std::current_exception();
  }
  engine.ShutDown();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures runs of Python without a server around them"};
  app.add_option("--config", options.config, "The configuration")->required();
  app.add_option("--code", options.code, "The code of each run")->required();
  app.add_option("--expect", options.expect, "What its stdout must be")->required();
  double pause_ms = 0;
  app.add_option("--pause-ms", pause_ms, "Before each run");
  CLI11_PARSE(app, argc, argv);
  options.pause = std::chrono::duration<double, std::milli>(pause_ms);
  try {
    Serve(options);
  } catch (const std::exception& error) {
    std::cerr << "sandgate-engine: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// JSON lines through spdlog: our own text is handed to spdlog's sinks as it is (pattern "%v"), and each line
// is flushed, as logs are read when something has just gone wrong. spdlog reports a sink's failure to the
// error handler, which tells it once on stdout.
#include "obs/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "obs/console_sink.h"

namespace sandgate {

namespace {

constexpr std::chrono::milliseconds kPatience{1000};  // with whoever reads stdout

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

struct AppendValue {
  std::string& out;

  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(std::uint64_t value) const { out += std::to_string(value); }
  // JSON has no word for infinity and not-a-number.
  void operator()(double value) const { out += std::isfinite(value) ? fmt::format("{}", value) : "null"; }
  void operator()(const std::string& value) const { AppendJsonString(out, value); }
};

// The errno for which `file` cannot be appended to, or 0. Makes its folder and the file. O_NONBLOCK: a FIFO
// without a reader is an error, not a wait.
int TryOpen(const std::string& file) {
  std::error_code error;
  const auto folder = std::filesystem::path(file).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return error.value();
  const Fd fd(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0644));
  return fd ? 0 : errno;
}

// Keeps the log out of the programs that the server starts.
spdlog::file_event_handlers CloseOnExec() {
  spdlog::file_event_handlers handlers;
  handlers.after_open = [](const spdlog::filename_t&, std::FILE* file) {
    ::fcntl(::fileno(file), F_SETFD, FD_CLOEXEC);
  };
  return handlers;
}

}  // namespace

struct Logger::State {
  std::shared_ptr<spdlog::sinks::sink> console;
  spdlog::logger logger;
  std::string file;
  std::atomic<bool> told_failure = false;

  explicit State(bool to_stderr)
      : console(std::make_shared<ConsoleSink>(to_stderr ? STDERR_FILENO : STDOUT_FILENO, kPatience)),
        logger("sandgate", console) {
    console->set_pattern("%v");
  }

  void OpenFile(const LogOptions& options) {
    file = LogFilePath(options.path);
    const int errno_value = TryOpen(file);
    if (errno_value != 0)
      return Tell("log file cannot be opened, logging to stdout only", ErrnoText(errno_value));
    try {
      logger.sinks().push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          file, options.max_file_bytes, options.max_old_files, false, CloseOnExec()));
    } catch (const spdlog::spdlog_ex& error) {
      Tell("log file cannot be opened, logging to stdout only", error.what());
    }
  }

  // A warning on stdout alone, whatever the state of the file.
  void Tell(std::string_view message, std::string_view reason) {
    const std::string line =
        FormatLogLine(LogTimeNow(), LogLevel::kWarn, message, {{"path", file}, {"error", reason}});
    console->log(spdlog::details::log_msg("sandgate", spdlog::level::warn, line));
  }

  void OnFailure(std::string_view reason) {
    if (!told_failure.exchange(true)) Tell("log file cannot be written, lines may be missing there", reason);
  }
};

Logger::Logger(const LogOptions& options) : state_(std::make_unique<State>(options.to_stderr)) {
  if (!options.path.empty()) state_->OpenFile(options);
  State* state = state_.get();
  state->logger.set_pattern("%v");
  state->logger.set_level(ToSpdlog(options.level));
  state->logger.flush_on(spdlog::level::trace);
  state->logger.set_error_handler([state](const std::string& reason) { state->OnFailure(reason); });
}

Logger::~Logger() = default;

void Logger::Debug(std::string_view message, const Fields& fields) const noexcept {
  Write(LogLevel::kDebug, message, fields);
}

void Logger::Info(std::string_view message, const Fields& fields) const noexcept {
  Write(LogLevel::kInfo, message, fields);
}

void Logger::Warn(std::string_view message, const Fields& fields) const noexcept {
  Write(LogLevel::kWarn, message, fields);
}

void Logger::Error(std::string_view message, const Fields& fields) const noexcept {
  Write(LogLevel::kError, message, fields);
}

bool Logger::IsOn(LogLevel level) const { return state_->logger.should_log(ToSpdlog(level)); }

void Logger::Write(LogLevel level, std::string_view message, const Fields& fields) const noexcept {
  try {
    if (!IsOn(level)) return;
    const std::string line = FormatLogLine(LogTimeNow(), level, message, fields);
    state_->logger.log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
  } catch (...) {
    // Nothing is left to tell it to: a line is lost, the server goes on.
  }
}

LogTime LogTimeNow() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const std::int64_t milliseconds = now.time_since_epoch().count();
  return {milliseconds / 1000, static_cast<int>(milliseconds % 1000)};
}

std::string LogFilePath(const std::string& path) {
  if (path.ends_with(".log")) return path;
  return (std::filesystem::path(path) / "app.log").string();
}

std::string FormatLogLine(const LogTime& time, LogLevel level, std::string_view message,
                          const Fields& fields) {
  const std::time_t seconds = time.seconds;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::string line = fmt::format(
      R"({{"time":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z","level":"{}","msg":)", utc.tm_year + 1900,
      utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, time.milliseconds, LevelName(level));
  AppendJsonString(line, message);
  for (const Field& field : fields) {
    line += ',';
    AppendJsonString(line, field.name);
    line += ':';
    std::visit(AppendValue{line}, field.value);
  }
  line += '}';
  return line;
}

}  // namespace sandgate

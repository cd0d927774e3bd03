// SPDX-License-Identifier: Apache-2.0
// The server's log: one JSON object a line, to stdout and to a file that is rotated. Made once by `serve`
// and passed to whoever logs. Logging never throws and never stops the server: where the file cannot be
// had or written, it says so once on stdout and goes on there; where nobody reads stdout, lines are dropped.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sandgate {

// One named value of a line. The name must not be time, level or msg, and must outlive the call.
struct Field {
  using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;

  Field(std::string_view field_name, bool v) : name(field_name), value(v) {}
  Field(std::string_view field_name, std::signed_integral auto v)
      : name(field_name), value(std::int64_t{v}) {}
  Field(std::string_view field_name, std::unsigned_integral auto v)
      : name(field_name), value(std::uint64_t{v}) {}
  Field(std::string_view field_name, std::floating_point auto v) : name(field_name), value(double{v}) {}
  Field(std::string_view field_name, std::string v) : name(field_name), value(std::move(v)) {}
  Field(std::string_view field_name, std::string_view v) : name(field_name), value(std::string(v)) {}
  Field(std::string_view field_name, const char* v) : name(field_name), value(std::string(v)) {}

  std::string_view name;
  Value value;
};

using Fields = std::vector<Field>;

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct LogOptions {
  std::string path;        // a folder, for app.log in it, or a file that ends in .log; empty: no file
  bool to_stderr = false;  // for commands whose answer goes to stdout
  LogLevel level = LogLevel::kInfo;  // lines below it are left out
  std::size_t max_file_bytes = std::size_t{100} << 20;
  std::size_t max_old_files = 30;  // app.1.log is the youngest
};

class Logger {
 public:
  // Makes the folder (with its parents) and opens the file. Does not throw where that fails.
  explicit Logger(const LogOptions& options);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // From any thread. `message` and the texts in `fields` may be any bytes.
  void Debug(std::string_view message, const Fields& fields = {}) const noexcept;
  void Info(std::string_view message, const Fields& fields = {}) const noexcept;
  void Warn(std::string_view message, const Fields& fields = {}) const noexcept;
  void Error(std::string_view message, const Fields& fields = {}) const noexcept;

  // True if lines of that level are written: to spare the making of costly fields.
  bool IsOn(LogLevel level) const;

 private:
  struct State;
  void Write(LogLevel level, std::string_view message, const Fields& fields) const noexcept;

  std::unique_ptr<State> state_;
};

// The file that a log_path stands for: "./logs" -> "./logs/app.log", "/x/a.log" -> "/x/a.log".
std::string LogFilePath(const std::string& path);

// The line without its end. `seconds` since 1970 and `milliseconds` are the time in UTC.
struct LogTime {
  std::int64_t seconds = 0;
  int milliseconds = 0;
};
LogTime LogTimeNow();
std::string FormatLogLine(const LogTime& time, LogLevel level, std::string_view message,
                          const Fields& fields);

}  // namespace sandgate

// SPDX-License-Identifier: Apache-2.0
#include "cli/logged_run.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <optional>

#include "base/error.h"
#include "obs/log.h"

namespace sandgate {

namespace json = boost::json;

namespace {

std::string TextOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t NumberOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

Denial DenialOf(const json::object& object) {
  Denial denial;
  denial.layer = TextOf(object, "layer");
  denial.syscall = TextOf(object, "syscall");
  denial.args = "…";
  denial.number = NumberOf(object, "number");
  denial.count = static_cast<std::uint64_t>(NumberOf(object, "count"));
  denial.rule = TextOf(object, "rule");
  denial.why = TextOf(object, "why");
  denial.fix = TextOf(object, "fix");
  denial.fix_in = TextOf(object, "fix_in");
  denial.line = static_cast<int>(NumberOf(object, "line"));
  denial.tried = TextOf(object, "headline");
  return denial;
}

std::vector<Denial> DenialsOf(const json::value& value) {
  std::vector<Denial> denied;
  if (!value.is_array()) return denied;
  for (const json::value& one : value.get_array()) {
    if (one.is_object()) denied.push_back(DenialOf(one.get_object()));
  }
  return denied;
}

std::optional<LoggedRun> ReadLine(const std::string& line, const std::string& run_id) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error || !value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  if (TextOf(object, "msg") != "request" || TextOf(object, "run_id") != run_id) return std::nullopt;
  const std::string told = TextOf(object, "denials");
  json::value denials = json::parse(told.empty() ? "[]" : told, error);
  if (error) throw Error(fmt::format("the log line of run {} is damaged", run_id));
  LoggedRun run;
  run.outcome = TextOf(object, "outcome");
  run.denied = DenialsOf(denials);
  const json::object shown{{"run_id", run_id}, {"outcome", run.outcome}, {"denied", std::move(denials)}};
  run.json = json::serialize(shown);
  return run;
}

std::optional<LoggedRun> ReadFile(const std::string& path, const std::string& run_id) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.find(run_id) == std::string::npos) continue;
    if (auto run = ReadLine(line, run_id)) return run;
  }
  return std::nullopt;
}

// "logs/app.log" -> "logs/app.3.log"
std::string OlderFile(const std::string& path, std::size_t age) {
  constexpr std::string_view kEnding = ".log";
  const std::string stem = path.ends_with(kEnding) ? path.substr(0, path.size() - kEnding.size()) : path;
  return fmt::format("{}.{}{}", stem, age, kEnding);
}

}  // namespace

LoggedRun FindLoggedRun(const std::string& log_path, const std::string& run_id) {
  const std::string path = LogFilePath(log_path);
  const bool is_id = run_id.size() == 32 && run_id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_id) throw Error(run_id + ": a run id has 32 hexadecimal digits");
  if (auto run = ReadFile(path, run_id)) return *run;
  for (std::size_t age = 1; age <= LogOptions().max_old_files; ++age) {
    if (auto run = ReadFile(OlderFile(path, age), run_id)) return *run;
  }
  throw Error(fmt::format("no run {} in {} (log_path of the configuration)", run_id, path));
}

}  // namespace sandgate

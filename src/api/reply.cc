// SPDX-License-Identifier: Apache-2.0
// See reply.h. The text is put together by hand: key order and escapes are part of the contract, and large
// outputs are copied once.
#include "api/reply.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/json_write.h"
#include "api/trace_reply.h"
#include "base/text.h"

namespace sandgate::api {

namespace {

template <typename Number>
void AppendNumber(std::string& out, std::string_view key, Number value) {
  AppendKey(out, key);
  out += fmt::format("{}", value);
}

// null where the kernel did not tell.
void AppendWhereTold(std::string& out, std::string_view key, std::optional<std::uint64_t> value) {
  AppendKey(out, key);
  out += value ? fmt::to_string(*value) : "null";
}

void AppendDenial(std::string& out, const Denial& denial) {
  if (out.back() != '[') out += ',';
  out += '{';
  AppendText(out, "layer", denial.layer);
  AppendText(out, "syscall", denial.syscall);
  AppendNumber(out, "number", denial.number);
  AppendText(out, "args", denial.args);
  AppendText(out, "object", denial.object);
  AppendNumber(out, "count", denial.count);
  AppendText(out, "rule", denial.rule);
  AppendText(out, "why", denial.why);
  AppendText(out, "fix", denial.fix);
  AppendText(out, "fix_in", denial.fix_in);
  AppendNumber(out, "line", denial.line);
  out += '}';
}

// Without what came from the program: arguments, and names that it printed unless the operator wrote them
// too.
bool FixIsOurs(const Denial& denial) {
  return !fix_in::IsPackages(denial.fix_in) && denial.fix.find("read_only_paths") == std::string::npos;
}

void AppendForLog(std::string& out, const Denial& denial) {
  if (out.back() != '[') out += ',';
  out += '{';
  AppendText(out, "layer", denial.layer);
  AppendText(out, "syscall", denial.syscall);
  AppendNumber(out, "number", denial.number);
  AppendNumber(out, "count", denial.count);
  AppendText(out, "rule", denial.rule);
  AppendText(out, "headline", denial.headline);
  AppendText(out, "why", denial.why);
  AppendText(out, "fix", FixIsOurs(denial) ? denial.fix : "");
  AppendText(out, "fix_in", denial.fix_in);
  AppendNumber(out, "line", denial.line);
  out += '}';
}

void AppendIsolation(std::string& out, const RunResult& result) {
  AppendKey(out, "isolation");
  out += '{';
  AppendText(out, "mode", result.isolation_mode);
  AppendKey(out, "layers");
  out += '[';
  for (const std::string& layer : result.layers) {
    if (out.back() != '[') out += ',';
    AppendJsonString(out, layer);
  }
  out += "]}";
}

void AppendUsage(std::string& out, const Usage& usage) {
  AppendKey(out, "usage");
  out += '{';
  AppendMilliseconds(out, "wall_ms", usage.wall_ms);
  AppendMilliseconds(out, "queue_ms", usage.queue_ms);
  AppendMilliseconds(out, "cpu_ms", usage.cpu_ms);
  AppendNumber(out, "max_rss_bytes", usage.max_rss_bytes);
  AppendWhereTold(out, "peak_memory_bytes", usage.peak_memory_bytes);
  AppendWhereTold(out, "peak_processes", usage.peak_processes);
  AppendWhereTold(out, "read_bytes", usage.read_bytes);
  AppendWhereTold(out, "written_bytes", usage.written_bytes);
  out += '}';
}

void AppendLimit(std::string& out, const LimitHit& limit) {
  AppendKey(out, "limit");
  out += '{';
  AppendText(out, "name", limit.name);
  AppendNumber(out, "value", limit.value);
  AppendText(out, "setting", limit.setting);
  AppendText(out, "set_in", limit.set_in);
  out += '}';
}

}  // namespace

http::Response SuccessReply(const std::string& data) {
  http::Response response;
  response.content_type = http::kJson;
  constexpr std::string_view kBegin = "{\"code\":0,\"message\":\"success\",\"data\":";
  response.body.reserve(kBegin.size() + data.size() + 1);
  response.body.append(kBegin).append(data).append("}");
  return response;
}

http::Response RunReply(const RunResult& result, Locale locale) {
  std::string data = "{";
  AppendText(data, "stdout", result.stdout_bytes);
  AppendText(data, "stderr", result.stderr_bytes);
  AppendText(data, "error", result.error);
  AppendNumber(data, "exit_code", result.exit_code);
  AppendText(data, "run_id", result.run_id);
  AppendText(data, "outcome", OutcomeName(result.outcome));
  AppendKey(data, "denied");
  data += '[';
  for (const Denial& denial : result.denied) AppendDenial(data, denial);
  data += ']';
  AppendIsolation(data, result);
  AppendUsage(data, result.usage);
  if (result.limit) AppendLimit(data, *result.limit);
  if (result.additions) AppendAdditions(data, *result.additions, locale);
  data += '}';
  return SuccessReply(data);
}

std::string DenialsForLog(const std::vector<Denial>& denied) {
  constexpr std::size_t kMaxDenials = 16;
  if (denied.empty()) return "";
  std::string text = "[";
  for (std::size_t i = 0; i < std::min(denied.size(), kMaxDenials); ++i) {
    AppendForLog(text, denied[denied.size() - std::min(denied.size(), kMaxDenials) + i]);
  }
  return text + "]";
}

http::Response DependenciesReply(const std::vector<std::pair<std::string, std::string>>& packages) {
  std::string data = "{\"dependencies\":[";
  for (const auto& [name, version] : packages) {
    if (data.back() != '[') data += ',';
    data += '{';
    AppendText(data, "name", name);
    AppendText(data, "version", version);
    data += '}';
  }
  data += "]}";
  return SuccessReply(data);
}

http::Response PlainReply(unsigned status, const std::string& text) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = text;
  return response;
}

}  // namespace sandgate::api

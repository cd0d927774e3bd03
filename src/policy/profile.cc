// SPDX-License-Identifier: Apache-2.0
#include "policy/profile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <tuple>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "policy/profile_check.h"
#include "policy/profile_text.h"
#include "policy/rule_file.h"

namespace sandgate {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::string_view kEnding = ".yaml";

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Nothing when there is no such file. Never waits: a pipe of that name is an Error.
std::optional<std::string> ReadSmallFile(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) ThrowErrno("read " + path);
  struct stat status {};
  Check(::fstat(file.get(), &status), "read " + path);
  if (!S_ISREG(status.st_mode)) throw Error(path + " is no file");
  std::string bytes(kMaxBytes + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0) ThrowErrno("read " + path);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > kMaxBytes) throw Error(path + " is larger than 1 MiB");
  bytes.resize(size);
  return bytes;
}

void WriteAll(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0) ThrowErrno("write " + path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

auto ConditionKey(const Condition& condition) {
  return std::tuple(condition.argument, condition.mask, condition.value);
}

bool IsBefore(const Rule& a, const Rule& b) {
  if (a.syscall != b.syscall) return a.syscall < b.syscall;
  return std::ranges::lexicographical_compare(a.when, b.when, {}, ConditionKey, ConditionKey);
}

bool IsSame(const Rule& a, const Rule& b) { return a.syscall == b.syscall && a.when == b.when; }

// Calls that this architecture lacks all have the number -1, so that the name has to agree too.
bool CoversAnother(const Rule& wide, const Rule& narrow) {
  return wide.syscall == narrow.syscall && wide.when != narrow.when && Covers(wide, narrow);
}

}  // namespace

bool IsProfileName(std::string_view name) {
  if (name.empty() || name.size() > kMaxName || name == kNoProfile) return false;
  return IsLetterOrDigit(name.front()) && std::ranges::all_of(name, [](char c) {
           return IsLetterOrDigit(c) || c == '.' || c == '_' || c == '-';
         });
}

std::string ProfilePath(const std::string& folder, const std::string& name) {
  if (!IsProfileName(name)) throw Error(fmt::format("\"{}\" is no name of a profile", name));
  return (fs::path(folder) / (name + std::string(kEnding))).string();
}

std::optional<Profile> ReadProfile(const std::string& folder, const std::string& name) {
  const std::string path = ProfilePath(folder, name);
  const std::optional<std::string> text = ReadSmallFile(path);
  if (!text) return std::nullopt;
  return Profile{name, ReadProfileRules(*text, name, fmt::format("profile {} ({})", name, path))};
}

std::vector<std::string> ProfileNames(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    if (!file.ends_with(kEnding)) continue;
    const std::string name = file.substr(0, file.size() - kEnding.size());
    if (IsProfileName(name)) names.push_back(name);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(fmt::format("read {}: {}", folder, error.message()));
  }
  std::ranges::sort(names);
  return names;
}

std::vector<Rule> MergeRules(const std::vector<Rule>& first, const std::vector<Rule>& second) {
  std::vector<Rule> all = first;
  all.insert(all.end(), second.begin(), second.end());
  for (Rule& rule : all) std::ranges::sort(rule.when, {}, &Condition::argument);
  std::ranges::stable_sort(all, IsBefore);
  all.erase(std::unique(all.begin(), all.end(), IsSame), all.end());
  std::vector<Rule> merged;
  for (const Rule& rule : all) {
    const bool covered =
        std::ranges::any_of(all, [&rule](const Rule& other) { return CoversAnother(other, rule); });
    if (!covered) merged.push_back(rule);
  }
  return merged;
}

void WriteProfile(const std::string& folder, const Profile& profile) {
  const std::string path = ProfilePath(folder, profile.name);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(fmt::format("create {}: {}", folder, error.message()));
  const std::string fresh = fmt::format("{}/.{}.{}", folder, profile.name, RandomHex(8));
  constexpr mode_t kMode = 0644;
  const Fd file(
      Check(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode), "write " + fresh));
  try {
    WriteAll(file.get(), ProfileText(profile), fresh);
    Check(::fsync(file.get()), "write " + fresh);
    Check(std::rename(fresh.c_str(), path.c_str()), "write " + path);
  } catch (const Error&) {
    ::unlink(fresh.c_str());
    throw;
  }
}

}  // namespace sandgate

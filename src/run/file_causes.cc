// SPDX-License-Identifier: Apache-2.0
// Files and programs outside of what a run sees. In `full` they are not in its tree, elsewhere Landlock
// refuses them; whether the server has them, and everybody there may read them, decides what can be offered.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>

#include "base/characters.h"
#include "config/paths.h"
#include "run/causes.h"
#include "run/write_attempt.h"

namespace sandgate::causes {

namespace {

constexpr std::size_t kLongList = 20;  // a list of more entries is not repeated in a fix
constexpr std::size_t kMaxPath = 1024;
constexpr std::size_t kSearchedBytes = 300;  // std::regex needs stack for each character

// A path in a YAML list: plain where it has no special characters.
std::string YamlPath(const std::string& path) {
  const bool plain = std::ranges::all_of(path, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/_.+@-").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return plain ? path : '"' + path + '"';
}

// Only such paths are offered; others were not made for a configuration.
bool IsOrdinary(const std::string& path) {
  return path.size() <= kMaxPath && path.find_first_of("\"\\") == std::string::npos && !HasControl(path);
}

std::string PathFix(const std::string& path, const RunFacts& facts) {
  const std::vector<std::string>& given = facts.config.read_only_paths;
  if (given.size() > kLongList) {
    return Message(facts.locale, "add {} to the {} entries of read_only_paths", path, given.size());
  }
  std::string list;
  for (const std::string& one : given) list += YamlPath(one) + ", ";
  return "read_only_paths: [" + list + YamlPath(path) + "]";
}

std::string_view WhyNever(const std::string& path, PathState state, std::string_view absent) {
  switch (state) {
    case PathState::kReadable:
      return IsBroad(path) ? "it holds much of the server; name what is needed of it" : "";
    case PathState::kUnreadable:
      return "its permissions keep it from other users of the server";
    case PathState::kMissing:
      return absent;
    case PathState::kHidden:
      break;
  }
  return "the server has no such file, or its permissions keep it from other users";
}

// In `full` the folders above a file of runs are their own: a closed one does not matter there. Whether there
// is such a file is not looked up.
bool IsWorthATry(const std::string& path, PathState state, const RunFacts& facts) {
  return state == PathState::kHidden && facts.isolation.mode == IsolationMode::kFull &&
         !IsCovered(path, facts.read_only_paths);
}

std::string Normal(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

std::string_view LayerOfFiles(const RunFacts& facts) {
  if (facts.isolation.namespaces || facts.isolation.chroot) return "root";
  return facts.isolation.landlock_abi > 0 ? "landlock" : "permissions";
}

// Of a call with two paths, which fails for either: true where it was the second.
bool FailedAtTarget(const Complaint& complaint, const RunFacts& facts) {
  if (!complaint.target.starts_with('/') || IsOwn(Normal(complaint.target), facts)) return false;
  const bool is_own = !complaint.path.starts_with('/') || IsOwn(Normal(complaint.path), facts);
  return is_own || complaint.code == "EROFS";
}

Denial Write(const std::string& path, const Complaint& complaint, const RunFacts& facts) {
  Denial denial =
      About({LayerOfFiles(facts), path, "read-only file system", Message(facts.locale, "write to {}", path)},
            complaint);
  return Never(std::move(denial), "a run writes to its own directory only",
               "write to the working directory or to /tmp instead", facts.locale);
}

Denial Read(const std::string& path, const Complaint& complaint, const RunFacts& facts) {
  Denial denial = About(
      {LayerOfFiles(facts), path, "no such file for runs", Message(facts.locale, "use the file {}", path)},
      complaint);
  denial.why = Message(facts.locale, "It is not among the files that runs see.");
  AllowPath(denial, path, "the server has no such file", facts);
  return denial;
}

// What a run sees, and its user may not read.
Denial Closed(const std::string& path, const Complaint& complaint, const RunFacts& facts) {
  Denial denial = About(
      {"identity", path, "permission denied", Message(facts.locale, "use the file {}", path)}, complaint);
  return Never(std::move(denial),
               "it is among the files of runs, but its permissions or its folder's keep it from them",
               "its permissions keep it from other users of the server", facts.locale);
}

bool IsPathError(const std::string& code) {
  return code == "ENOENT" || code == "EACCES" || code == "EROFS" || code == "ENOTDIR";
}

bool IsExec(const Complaint& complaint) {
  if (complaint.syscall.starts_with("spawn")) return true;
  for (const char* mark : {"in _execute_child", "os.exec", "posix_spawn", "os.spawn"}) {
    if (complaint.Mentions(mark)) return true;
  }
  return false;
}

}  // namespace

bool IsOwn(const std::string& path, const RunFacts& facts) {
  if (IsWithin(path, facts.scratch) || (facts.isolation.proc && IsWithin(path, "/proc/self"))) return true;
  if (IsWithin(path, "/tmp")) return true;
  // In a tree of the run's own, names for /tmp.
  return facts.isolation.namespaces && (IsWithin(path, "/var/tmp") || IsWithin(path, "/dev/shm"));
}

bool IsCovered(const std::string& path, const std::vector<std::string>& folders) {
  return std::ranges::any_of(folders, [&](const std::string& folder) { return IsWithin(path, folder); });
}

void AllowPath(Denial& denial, const std::string& path, std::string_view absent, const RunFacts& facts) {
  const auto never = [&](std::string_view reason) {
    CannotBeAllowed(denial, Translate(facts.locale, reason), facts.locale);
  };
  if (IsCovered(path, facts.private_paths)) return never("it is one of the server's own files");
  if (IsOfTheMachine(path)) return never("it shows or steers the machine");
  if (!IsOrdinary(path)) return never("the path has unusual characters");
  const PathState state = facts.look(path);
  if (IsWorthATry(path, state, facts)) {
    denial.why =
        Message(facts.locale,
                "It is not among the files that runs see, and lies in a folder closed to other users; "
                "the line helps only if the server has it and its own permissions let everybody read "
                "it.");
  } else if (const std::string_view reason = WhyNever(path, state, absent); !reason.empty()) {
    return never(reason);
  }
  denial.fix = PathFix(path, facts);
  denial.fix_in = fix_in::kConfig;
}

Cause Program(const Complaint& complaint, const RunFacts& facts) {
  if (!IsExec(complaint) || (complaint.code != "ENOENT" && complaint.code != "EACCES")) return std::nullopt;
  const std::string& name = complaint.path;
  if (name.empty() || !IsOrdinary(name)) return std::nullopt;
  Denial denial = About(
      {"program", name, "no such program", Message(facts.locale, "start the program {}", name)}, complaint);
  denial.why = Message(facts.locale, "It is not among the files that runs see.");
  if (name.starts_with('/') && !IsCovered(Normal(name), facts.read_only_paths)) {
    AllowPath(denial, Normal(name), "the server has no such program", facts);
  } else {
    CannotBeAllowed(
        denial,
        Translate(facts.locale, "the server has no such program where runs look for it; install it there"),
        facts.locale);
  }
  return denial;
}

// SQLite names no file: that of the line in which it was opened. One that the server has is to be read,
// another was to be made. Nothing where the exception is another one.
std::optional<Complaint> OfSqlite(const Complaint& complaint, const RunFacts& facts) {
  static const std::regex kConnect(R"(connect\(\s*f?["'](?:file:)?(/[^"'?\\]{1,200})[?"'])");
  if (!complaint.code.empty() || !complaint.Says("unable to open database file")) return std::nullopt;
  const std::string& program =
      complaint.statement.find("connect(") != std::string::npos ? complaint.statement : complaint.frames;
  const std::size_t at = program.rfind("connect(");
  if (at == std::string::npos) return std::nullopt;
  const std::string call = program.substr(at, kSearchedBytes);
  std::smatch match;
  if (!std::regex_search(call, match, kConnect)) return std::nullopt;
  Complaint known = complaint;
  known.path = match[1];
  known.code = facts.look && facts.look(Normal(known.path)) == PathState::kReadable ? "ENOENT" : "EROFS";
  return known;
}

Cause File(const Complaint& complaint, const RunFacts& facts) {
  if (const auto known = OfSqlite(complaint, facts)) return File(*known, facts);
  if (!IsPathError(complaint.code)) return std::nullopt;
  const bool to_target = FailedAtTarget(complaint, facts);
  const std::string& named = to_target ? complaint.target : complaint.path;
  if (!named.starts_with('/')) return std::nullopt;
  const std::string path = Normal(named);
  if (IsOwn(path, facts)) return std::nullopt;
  const bool is_chdir = complaint.syscall == "chdir";  // of Node, which tells where it was as well
  if (!is_chdir && (to_target || IsWriteAttempt(complaint))) return Write(path, complaint, facts);
  if (complaint.code != "EACCES" || !IsCovered(path, facts.read_only_paths))
    return Read(path, complaint, facts);
  const PathState state = facts.look(path);
  if (state == PathState::kUnreadable || state == PathState::kHidden) return Closed(path, complaint, facts);
  // What a run may read it is refused for another reason: its program wanted to write.
  return Write(path, complaint, facts);
}

}  // namespace sandgate::causes

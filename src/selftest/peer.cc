// SPDX-License-Identifier: Apache-2.0
#include "selftest/peer.h"

#include <embedded/selftest.h>
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/sys.h"
#include "base/text.h"

namespace sandgate::selftest {

namespace fs = std::filesystem;

namespace {

std::string FileOf(const std::string& name) { return name + ".txt"; }

std::optional<int> PidNamed(const std::string& name) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto told = sys::ReadFile(entry.path() / "comm");
    if (told && Trim(*told) == name) return std::stoi(pid);
  }
  return std::nullopt;
}

// The owner of its folder in /proc is another one, where a process may not be looked into.
std::optional<std::uint32_t> UidOf(int pid) {
  const auto status = sys::ReadFile(fmt::format("/proc/{}/status", pid));
  const std::size_t place = status ? status->find("\nUid:") : std::string::npos;
  if (place == std::string::npos) return std::nullopt;
  return static_cast<std::uint32_t>(std::strtoul(status->c_str() + place + 5, nullptr, 10));
}

// Where it lies in a mount namespace of the run's own, by way of /proc; else somewhere below the state
// directory.
std::optional<std::string> FolderOf(int pid, const std::string& file, const std::string& state_dir) {
  std::error_code error;
  const fs::path process = fmt::format("/proc/{}", pid);
  const fs::path cwd = fs::read_symlink(process / "cwd", error);
  if (!error && fs::exists(cwd / file, error)) return cwd;
  const fs::path inside = process / ("root" + cwd.string());
  if (fs::exists(inside / file, error)) return inside;
  fs::recursive_directory_iterator place(state_dir, fs::directory_options::skip_permission_denied, error);
  for (; !error && place != fs::recursive_directory_iterator(); place.increment(error)) {
    if (place.depth() > 4) place.disable_recursion_pending();
    if (place->path().filename() == file) return place->path().parent_path();
  }
  return std::nullopt;
}

}  // namespace

PeerProgram MakePeerProgram(const std::string& mark) {
  PeerProgram program;
  program.name = "peer-" + RandomHex(5);
  program.code = fmt::format("MARK = '{}'\nNAME = '{}'\n{}", mark, program.name, embedded::kPeerPy);
  return program;
}

std::optional<boost::json::value> FindPeer(const std::string& name, const std::string& state_dir) {
  const std::optional<int> pid = PidNamed(name);
  const std::optional<std::uint32_t> uid = pid ? UidOf(*pid) : std::nullopt;
  const std::optional<std::string> folder = uid ? FolderOf(*pid, FileOf(name), state_dir) : std::nullopt;
  if (!folder) return std::nullopt;
  return boost::json::object{{"dir", *folder}, {"pid", *pid}, {"uid", *uid}, {"file", FileOf(name)}};
}

}  // namespace sandgate::selftest

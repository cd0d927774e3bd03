// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cgroup_place.h"

#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"

namespace sandgate {

namespace {

constexpr const char* kControllers[] = {"memory", "pids", "cpu"};            // that are used
constexpr const char* kDelegated[] = {"trusted.delegate", "user.delegate"};  // set by systemd

bool Has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> Words(const std::string& file) {
  std::string text = sys::ReadFile(file).value_or("");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return SplitList(text, ' ');
}

// The cgroup of this process in the hierarchy with that controller; "" is version 2. Nothing where it is in
// none. A line is "NUMBER:CONTROLLER,...:PATH".
std::optional<std::string> OwnPath(const std::string& proc, std::string_view controller) {
  for (const std::string& line : SplitList(sys::ReadFile(proc + "/cgroup").value_or(""), '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    const bool match = controller.empty() ? line.starts_with("0::") : Has(SplitList(names, ','), controller);
    if (match) return line.substr(second + 1);
  }
  return std::nullopt;
}

struct Mount {
  std::string root;  // the cgroup that is mounted
  std::string point;
};

// proc_pid_mountinfo(5): "36 35 98:0 ROOT POINT OPTIONS [FIELDS...] - TYPE SOURCE SUPER_OPTIONS".
std::optional<Mount> FindMount(const std::string& proc, std::string_view controller) {
  for (const std::string& line : SplitList(sys::ReadFile(proc + "/mountinfo").value_or(""), '\n')) {
    const std::vector<std::string> words = SplitList(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (dash - words.begin() < 6 || words.end() - dash < 4) continue;
    const bool match = controller.empty() ? dash[1] == "cgroup2"
                                          : dash[1] == "cgroup" && Has(SplitList(dash[3], ','), controller);
    if (match) return Mount{words[3], words[4]};
  }
  return std::nullopt;
}

// The folder of our own cgroup; empty where it cannot be seen from here.
std::string OwnFolder(const std::string& proc, std::string_view controller) {
  const std::optional<std::string> path = OwnPath(proc, controller);
  const std::optional<Mount> mount = FindMount(proc, controller);
  if (!path || !mount || path->starts_with("/..") || mount->root.starts_with("/..")) return "";
  const std::string root = mount->root == "/" ? "" : mount->root;
  if (!(*path + "/").starts_with(root + "/")) return "";
  const std::string below = path->substr(root.size());
  return below == "/" ? mount->point : mount->point + below;
}

bool IsDelegated(const CgroupSource& source, const std::string& folder) {
  if (OwnPath(source.proc, "") == "/") return true;  // the root of a cgroup namespace: a container's own
  if (::access(source.systemd.c_str(), F_OK) != 0) return true;
  char value = 0;
  return std::any_of(std::begin(kDelegated), std::end(kDelegated), [&](const char* name) {
    return ::getxattr(folder.c_str(), name, &value, 1) == 1 && value == '1';
  });
}

bool HoldsOnlyThisProcess(const std::string& folder) {
  return Words(folder + "/cgroup.procs") == std::vector<std::string>{std::to_string(::getpid())};
}

// The root of all has no type, and may hold processes beside children with controllers.
bool IsRealRoot(const std::string& folder) { return ::access((folder + "/cgroup.type").c_str(), F_OK) != 0; }

// Whether children of `folder` have, or can get, the controllers: an empty text, else why not.
std::string WhyNoControllers(const CgroupSource& source, const std::string& folder, CgroupPlace& place) {
  const std::vector<std::string> there = Words(folder + "/cgroup.controllers");
  if (!Has(there, "memory")) return "the memory controller is not in " + folder + "/cgroup.controllers";
  const std::vector<std::string> given = Words(folder + "/cgroup.subtree_control");
  place.moves = std::any_of(std::begin(kControllers), std::end(kControllers),
                            [&](const char* name) { return Has(there, name) && !Has(given, name); });
  if (!place.moves) return "";
  if (IsRealRoot(folder)) return folder + " is the machine's, not the server's alone";
  if (!IsDelegated(source, folder)) return folder + " is not delegated to the server";
  if (!HoldsOnlyThisProcess(folder)) return "other processes live in " + folder;
  return "";
}

std::string WhyNotHere(const CgroupSource& source, const std::string& folder, int version) {
  const int error = source.attempt(folder, version);
  return error == 0 ? "" : fmt::format("{}: {}", folder, ErrnoText(error));
}

std::string FindVersion2(const CgroupSource& source, CgroupPlace& place) {
  const std::string folder = OwnFolder(source.proc, "");
  if (folder.empty()) return "it is not mounted, or the server's own cgroup is not visible";
  if (std::string why = WhyNoControllers(source, folder, place); !why.empty()) return why;
  if (std::string why = WhyNotHere(source, folder, 2); !why.empty()) return why;
  place.version = 2;
  place.memory = folder;
  const std::vector<std::string> there = Words(folder + "/cgroup.controllers");
  if (Has(there, "pids")) place.pids = folder;
  if (Has(there, "cpu")) place.cpu = folder;
  return "";
}

// Fills `folder`, or tells why it stays empty.
std::string FindVersion1(const CgroupSource& source, std::string_view controller, std::string& folder) {
  const std::string own = OwnFolder(source.proc, controller);
  if (own.empty())
    return fmt::format("{} is not mounted, or the server's own cgroup is not visible", controller);
  // Without it the limit around the server would not hold for what is below (before 5.11).
  if (controller == "memory" && Words(own + "/memory.use_hierarchy") != std::vector<std::string>{"1"}) {
    return own + ": memory.use_hierarchy is not 1";
  }
  if (std::string why = WhyNotHere(source, own, 1); !why.empty()) return why;
  folder = own;
  return "";
}

}  // namespace

CgroupPlace FindCgroups(const CgroupSource& source) {
  CgroupPlace place;
  const std::string v2 = FindVersion2(source, place);
  if (place.version == 2) {
    const char* missing = place.pids.empty() ? "pids" : place.cpu.empty() ? "cpu" : nullptr;
    if (missing != nullptr) {
      place.reason = fmt::format("the {} controller is not in {}/cgroup.controllers", missing, place.memory);
    }
    return place;
  }
  place.moves = false;
  const std::string memory = FindVersion1(source, "memory", place.memory);
  const std::string pids = FindVersion1(source, "pids", place.pids);
  const std::string cpu = FindVersion1(source, "cpu", place.cpu);
  if (!place.memory.empty() || !place.pids.empty() || !place.cpu.empty()) place.version = 1;
  const std::string v1 = !memory.empty() ? memory : !pids.empty() ? pids : cpu;
  if (!v1.empty()) place.reason = fmt::format("cgroup v2: {}; cgroup v1: {}", v2, v1);
  return place;
}

}  // namespace sandgate

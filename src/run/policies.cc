// SPDX-License-Identifier: Apache-2.0
#include "run/policies.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/sys.h"
#include "policy/filter.h"
#include "policy/profile.h"

namespace sandgate {

namespace {

constexpr std::size_t kMaxRecent = 32;
constexpr std::size_t kMaxTold = 1000;
constexpr std::size_t kMaxFilterBytes = 4096 * 8;  // BPF_MAXINSNS instructions

std::shared_ptr<const CompiledPolicy> CompilePolicy(const PolicyOptions& options) {
  auto compiled = std::make_shared<CompiledPolicy>(CompiledPolicy{Policy::Make(options), Fd(), false});
  const std::string program = ExportFilter(compiled->policy);
  if (program.size() > kMaxFilterBytes) {
    throw Error(
        fmt::format("the policy has too many rules: its filter has {} instructions, the kernel takes {}",
                    program.size() / 8, kMaxFilterBytes / 8));
  }
  compiled->filter = sys::SealedMemory("sandgate-filter", program);
  compiled->allows_processes = AllowsProcesses(compiled->policy);
  return compiled;
}

}  // namespace

PolicyStore::PolicyStore(PolicyStoreOptions options, const Logger& log)
    : options_(std::move(options)), log_(log) {
  if (!options_.profile.empty() && options_.profile != kNoProfile && !IsProfileName(options_.profile)) {
    throw Error(fmt::format("profile: \"{}\" is no name of a profile", options_.profile));
  }
  for (const bool network : {true, false}) kept_.push_back({{network, ""}, {}, Compile({network, ""})});
}

PolicyStore::Version PolicyStore::VersionOf(const std::string& profile) const {
  if (profile == kNoProfile) return {};
  if (!IsProfileName(profile)) throw UnknownProfile("no profile can have that name");
  struct stat status {};
  if (::stat(ProfilePath(options_.folder, profile).c_str(), &status) != 0) {
    if (errno != ENOENT) ThrowErrno("look for profile " + profile);
    throw UnknownProfile(fmt::format("there is no profile {}", profile));
  }
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::shared_ptr<const CompiledPolicy> PolicyStore::Get(const PolicyKey& key) {
  const auto kept = std::ranges::find(kept_, key, &Entry::key);
  if (kept != kept_.end()) return kept->compiled;
  const Version version = VersionOf(key.profile);
  const auto found = std::ranges::find(recent_, key, &Entry::key);
  if (found != recent_.end()) recent_.splice(recent_.begin(), recent_, found);
  if (found == recent_.end() || found->version != version) {
    Entry fresh{key, version, Compile(key)};
    if (found != recent_.end()) recent_.erase(found);
    recent_.push_front(std::move(fresh));
  }
  if (recent_.size() > kMaxRecent) recent_.pop_back();
  return recent_.front().compiled;
}

std::shared_ptr<const CompiledPolicy> PolicyStore::Compile(const PolicyKey& key) {
  const std::string& name = key.profile.empty() ? options_.profile : key.profile;
  PolicyOptions options = options_.base;
  options.network = key.network;
  if (!name.empty() && name != kNoProfile) {
    std::optional<Profile> profile = ReadProfile(options_.folder, name);
    if (!profile) {
      throw UnknownProfile(
          fmt::format("there is no profile {}: {} does not exist", name, ProfilePath(options_.folder, name)));
    }
    options.profile = std::move(profile->rules);
  }
  auto compiled = CompilePolicy(options);
  RequireThatRunsCanBeEnded(*compiled, name);
  Warn(compiled->policy);
  return compiled;
}

// Without a pid namespace or a uid of its own, what a run forks could not be told from anything else.
void PolicyStore::RequireThatRunsCanBeEnded(const CompiledPolicy& compiled,
                                            const std::string& profile) const {
  if (options_.processes_can_be_ended || !compiled.allows_processes) return;
  const std::string also = profile.empty() ? "" : fmt::format(", or profile {}", profile);
  throw Error(fmt::format(
      "allow_processes (or allowed_syscalls with fork, vfork or clone{}) needs pid namespaces or a uid for "
      "each run, neither of which is to be had here: processes would outlive their run",
      also));
}

void PolicyStore::Warn(const Policy& policy) {
  for (const std::string& warning : policy.warnings()) {
    if (told_.size() < kMaxTold && told_.insert(warning).second) log_.Warn(warning);
  }
}

}  // namespace sandgate

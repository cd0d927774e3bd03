// SPDX-License-Identifier: Apache-2.0
// Landlock in the child: builds the ruleset of the plan and puts the process under it for good.
// A path of the plan that does not exist is left out: that only takes access away.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "jail/landlock_abi.h"
#include "jail/locks.h"

namespace sandgate::lock {

namespace {

// The accesses that a rule on something other than a directory may name.
constexpr std::uint64_t kFileAccess = landlock::kExecute | landlock::kWriteFile | landlock::kReadFile |
                                      landlock::kTruncate | landlock::kIoctlDev;

int AddRule(int ruleset, const JailPlan::Path& path, std::uint64_t handled) {
  const int fd = ::open(path.path, O_PATH | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : errno;
  struct stat status {};
  int error = ::fstat(fd, &status) != 0 ? errno : 0;
  landlock::PathBeneathAttr attr{path.access & handled, fd};
  if (!S_ISDIR(status.st_mode)) attr.allowed_access &= kFileAccess;
  if (error == 0 && attr.allowed_access != 0 &&
      ::syscall(SYS_landlock_add_rule, ruleset, landlock::kRulePathBeneath, &attr, 0) != 0) {
    error = errno;
  }
  ::close(fd);
  return error;
}

}  // namespace

int RestrictWithLandlock(const JailPlan& plan) {
  if (plan.landlock_abi == 0) return 0;
  const landlock::RulesetAttr attr{plan.landlock_fs, plan.landlock_net, plan.landlock_scoped};
  const long ruleset =
      ::syscall(SYS_landlock_create_ruleset, &attr, landlock::AttrSize(plan.landlock_abi), 0);
  if (ruleset < 0) return errno;
  int error = 0;
  for (std::size_t i = 0; error == 0 && i < plan.path_count; ++i) {
    error = AddRule(static_cast<int>(ruleset), plan.paths[i], plan.landlock_fs);
  }
  if (error == 0 && ::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) error = errno;
  ::close(static_cast<int>(ruleset));
  return error;
}

}  // namespace sandgate::lock

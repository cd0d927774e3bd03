// SPDX-License-Identifier: Apache-2.0
// The single locks of the jail (jail.cc has their order). Each returns 0 or an errno; child only.
#pragma once
#include <span>

#include "jail/jail.h"

namespace sandgate::lock {

int EnterSession(const JailPlan& plan);    // setsid(2): no controlling terminal, own process group
int SetHostname(const JailPlan& plan);     // in an own uts namespace: the host's name is not visible
int EnterRoot(const JailPlan& plan);       // chroot(2), where no mount namespace gives the root
int MountPackages(const JailPlan& plan);   // read-only, as the folder is in the tree
int MountTmp(const JailPlan& plan);        // a tmpfs of the run's own, sized, on /tmp
int MountProc(const JailPlan& plan);       // procfs that shows the run's own processes only
int EnterScratch(const JailPlan& plan);    // cwd
int LimitResources(const JailPlan& plan);  // setrlimit(2), soft = hard; all but that of open files
int LimitOpenFiles(const JailPlan& plan);
int ForbidNewPrivileges(const JailPlan& plan);
int RestrictWithLandlock(const JailPlan& plan);
int BecomeRunUser(const JailPlan& plan);  // no groups, gid, uid: real, effective and saved
int DropCapabilities(const JailPlan& plan);
int DieWithServer(const JailPlan& plan);  // PR_SET_PDEATHSIG

// cgroups(7): writing 0 to the file moves the thread that writes, and holds nobody else up.
int EnterCgroups(std::span<const int> tasks);
int EnterNetwork(const JailPlan& plan, int network);  // setns(2), where the plan asks for it
// An empty stdin of the run's own: whoever shares an open file shares its flags (fcntl(2), F_SETFL,
// F_SETSIG).
int OpenInput(int& fd);
int PlaceDescriptors(const JailFds& fds, int input);
// Loads the filter and returns the listener in `listener` (close-on-exec).
int LoadFilter(std::span<const char> filter, int& listener);

}  // namespace sandgate::lock

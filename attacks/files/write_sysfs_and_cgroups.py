# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot write to /sys, set a cgroup's release_agent or move itself into another cgroup.
# expected: refused
# origin: CVE-2022-0492, release_agent
# outside: as root

import glob
import os

got, seen = [], []
for path in (glob.glob("/sys/fs/cgroup/*/release_agent") + glob.glob("/sys/fs/cgroup/release_agent")
             + glob.glob("/sys/fs/cgroup/*/cgroup.procs") + glob.glob("/sys/fs/cgroup/cgroup.procs")
             + ["/sys/kernel/mm/transparent_hugepage/khugepaged/defrag", "/sys/power/state"]):
    try:
        os.close(os.open(path, os.O_WRONLY))
        got.append(path)
    except OSError as error:
        seen.append(error.strerror)
for folder in glob.glob("/sys/fs/cgroup/*/") + ["/sys/fs/cgroup/"]:
    try:
        os.mkdir(folder + "made-by-a-run")
        os.rmdir(folder + "made-by-a-run")
        got.append(folder)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: may write {got[:4]}" if got else f"HELD: {sorted(set(seen)) or 'no /sys'}")

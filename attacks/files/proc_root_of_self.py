# SPDX-License-Identifier: Apache-2.0
# claim: The run's own links in /proc (root, cwd, exe, map_files) lead to no foreign file.
# expected: refused
# origin: /proc/self/root as a way around checks of paths
# outside: as nobody

import os

seen = []
tail = STAGE["secret_file"]
for path in ("/proc/self/root" + tail, "/proc/thread-self/root" + tail, "/proc/self/cwd/" + "../" * 30 + tail[1:],
             f"/proc/{os.getpid()}/root" + tail, f"/proc/self/task/{os.getpid()}/root" + tail,
             "/proc/self/exe/.." + tail, "/tmp/../" + tail[1:], "/proc/self/root/proc/self/root" + tail):
    try:
        with open(path) as file:
            seen.append(file.read())
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {sorted(set(seen))}")

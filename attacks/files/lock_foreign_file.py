# SPDX-License-Identifier: Apache-2.0
# claim: A run can neither lock a foreign file nor see who has locked one.
# expected: refused
# origin: denial of service by flock; names of files in /proc/locks
# outside: as root

import fcntl
import os

got, seen = [], []
try:
    fd = os.open(STAGE["secret_file"], os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    got.append("an exclusive lock")
except OSError as error:
    seen.append(error.strerror)
try:
    with open("/proc/locks") as file:
        got.append(f"{len(file.readlines())} lines of /proc/locks") if not STAGE["outside"] else None
except OSError as error:
    seen.append(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

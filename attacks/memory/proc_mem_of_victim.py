# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read or write another process's memory through /proc/PID/mem.
# expected: refused
# origin: classic
# outside: as root

import os

seen = []
pid = STAGE["victim_pid"]
for path in (f"/proc/{pid}/mem", f"/proc/{pid}/task/{pid}/mem"):
    try:
        fd = os.open(path, os.O_RDWR)
        seen.append(os.pread(fd, len(STAGE["mark"]), STAGE["victim_address"]).decode())
    except OSError as error:
        seen.append(error.strerror)
print("ESCAPED: read " + STAGE["mark"] if STAGE["mark"] in seen else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run has no descriptor but an empty stdin, two pipes for output, and its code while that is read.
# expected: absent
# origin: CVE-2024-21626, runc's leaked descriptor of the host's folder
# outside: as nobody

import os

if STAGE["outside"]:
    leaked = os.open("/sys/fs", os.O_RDONLY)
found = []
for fd in range(3, 65536 if not STAGE["outside"] else 1024):
    try:
        os.fstat(fd)
        found.append(f"{fd}: {os.readlink(f'/proc/self/fd/{fd}')}")
    except OSError:
        pass
print(f"ESCAPED: {found}" if found else "HELD: nothing is open from 3 on")

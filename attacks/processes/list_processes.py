# SPDX-License-Identifier: Apache-2.0
# claim: A run does not see that other processes exist.
# expected: absent
# origin: classic
# open in: container with landlock_fs: numbers, owners, how many threads and descriptors visible by stat in /proc, no content
# open in: rootless without mount_ns: numbers, owners, how many threads and descriptors visible by stat in /proc, no content
# outside: as nobody

import os

got = []
for pid in (STAGE["victim_pid"], STAGE["server_pid"]):
    try:
        got.append(f"{pid} of user {os.stat(f'/proc/{pid}').st_uid}")
    except OSError:
        pass
print(f"ESCAPED: sees {got}" if got else "HELD: no such number in /proc")

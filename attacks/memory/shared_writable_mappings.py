# SPDX-License-Identifier: Apache-2.0
# claim: A run shares no writable memory with its spawner or with other runs.
# expected: absent
# origin: fork servers: MAP_SHARED survives the fork
# outside: as nobody

import mmap

kept = mmap.mmap(-1, 4096) if STAGE["outside"] else None
try:
    with open("/proc/self/maps") as file:
        found = [line.strip() for line in file if line.split()[1][1] == "w" and line.split()[1][3] == "s"]
    print(f"ESCAPED: shared: {found}" if found else "HELD: every writable mapping is private")
except OSError as error:
    print(f"HELD: {error}, so no address is known")

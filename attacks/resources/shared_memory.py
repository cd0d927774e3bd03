# SPDX-License-Identifier: Apache-2.0
# claim: Shared mappings and files in memory, which a limit of private memory does not count, are limited too.
# expected: limit out_of_memory, signal
# origin: RLIMIT_DATA and RLIMIT_AS do not count shared pages
# open in: any without cgroup_memory: memory of a run as a whole: only of each process
# outside: as nobody

import os
import resource

size = 60 << 20
goal = resource.getrlimit(resource.RLIMIT_DATA)[1] * 7 // 4 // size if not STAGE["outside"] else 4
files = []
try:
    for number in range(goal):
        files.append(os.memfd_create(f"part{number}"))
        for _ in range(size >> 20):
            os.write(files[-1], bytes(1 << 20))
    print(f"ESCAPED: {goal * size >> 20} MiB of shared memory")
except (OSError, MemoryError) as error:
    print(f"HELD: at {len(files) * size >> 20} MiB: {error!r}")

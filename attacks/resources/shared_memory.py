# SPDX-License-Identifier: Apache-2.0
# claim: Shared mappings and files in memory, which a limit of private memory does not count, are limited too.
# expected: limit out_of_memory, memory, signal
# origin: RLIMIT_DATA and RLIMIT_AS do not count shared pages
# open in: container: It does not count shared mappings
# open in: rootless: It does not count shared mappings
# open in: full: It does not count shared mappings
# outside: as nobody

import mmap

size = 16 << 20
goal = 100 if not STAGE["outside"] else 4
blocks = []
try:
    for _ in range(goal):
        block = mmap.mmap(-1, size)
        block[::4096] = b"x" * (size // 4096)
        blocks.append(block)
    print(f"ESCAPED: {goal * size >> 20} MiB of shared memory touched")
except (OSError, MemoryError) as error:
    print(f"HELD: at {len(blocks) * size >> 20} MiB: {error!r}")

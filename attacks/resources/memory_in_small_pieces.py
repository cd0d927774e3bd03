# SPDX-License-Identifier: Apache-2.0
# claim: A run that takes memory in small pieces is stopped at its limit.
# expected: limit out_of_memory
# origin: classic
# outside: as nobody

import mmap

blocks = []
size = 64 << 20
goal = 200 if not STAGE["outside"] else 20
try:
    for _ in range(goal):  # private, writable and untouched: it counts, and costs nothing
        blocks.append(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    print(f"ESCAPED: {goal * size >> 20} MiB of private memory")
except OSError as error:
    print(f"HELD: {error.strerror} after {len(blocks) * size >> 20} MiB")

# SPDX-License-Identifier: Apache-2.0
# claim: Memory that malloc hands to a run holds nothing of the server or of earlier runs.
# expected: absent
# origin: uninitialised memory, as Heartbleed read it
# outside: as nobody

import ctypes
import re

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
needle = re.compile(rb"[k]eep-this-secret-[0-9a-f-]+|[X]-Api-Key|API[_]KEY=|/conf/confi[g]\.yaml")
if STAGE["outside"]:
    blocks = [libc.malloc(3000) for _ in range(20)]
    for block in blocks:
        ctypes.memmove(block, b"-this-secret-0123 ".join([b"keep"] * 150), 2900)
        libc.free(block)
found, total = [], 0
for size in (64, 256, 1000, 3000, 9000, 30000, 120000):
    blocks = [libc.malloc(size) for _ in range(100)]
    for block in blocks:
        found += needle.findall(ctypes.string_at(block, size))
        total += size
    for block in blocks:
        libc.free(block)
print(f"ESCAPED: found {found[:3]}" if found else f"HELD: nothing in {total >> 10} KiB of fresh memory")

# SPDX-License-Identifier: Apache-2.0
# claim: The memory that a run inherits holds no key and no environment of the server.
# expected: absent
# origin: fork servers copy their memory into each child
# outside: as nobody

import ctypes
import gc
import os
import re

libc = ctypes.CDLL(None)
copy = os.memfd_create("copy")


def areas():
    """Where this process has memory of its own that it may write."""
    try:
        with open("/proc/self/maps") as file:
            for fields in (line.split() for line in file):
                if fields[1].startswith("rw") and not fields[-1].startswith("[v"):
                    yield tuple(int(text, 16) for text in fields[0].split("-"))
    except OSError:  # no /proc: around every object, and below the end of the heap
        libc.sbrk.restype = ctypes.c_void_p
        end = libc.sbrk(0) or 0
        for chunk in sorted({id(thing) >> 20 for thing in gc.get_objects()} | {(end >> 20) - i for i in range(16)}):
            yield chunk << 20, (chunk + 1) << 20


def text_at(start, size):
    """What lies there, as far as there is something: write(2) copies and does not fault."""
    done = libc.pwrite(copy, ctypes.c_void_p(start), ctypes.c_size_t(size), ctypes.c_long(0))
    return os.pread(copy, done, 0) if done > 0 else b""


needle = re.compile(b"(?:API[_]KEY|ADMIN[_]KEY|X-API-KE[Y]|x-api-ke[y]|app[.]ke[y])[=:] ?[!-~]{3,60}")
if STAGE["outside"]:
    planted = b"_KEY=".join([b"API", STAGE["mark"].encode()])
found, size = [], 0
for start, end in areas():
    for place in range(start, min(end, start + (256 << 20)), 1 << 20):
        data = text_at(place, min(1 << 20, end - place))
        size += len(data)
        found += needle.findall(data)
print(f"ESCAPED: found {found[:3]}" if found else f"HELD: nothing in {size >> 10} KiB")

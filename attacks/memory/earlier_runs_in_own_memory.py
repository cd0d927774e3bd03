# SPDX-License-Identifier: Apache-2.0
# claim: The memory that a run inherits holds no code and no output of earlier runs.
# expected: absent
# origin: fork servers and allocators that hand out what others have freed
# outside: as nobody

import ctypes
import re

# Attacks begin with these words; in this file they are written otherwise.
needle = re.compile(rb"# clai[m]: (?!The memory that a run inherits holds no code)[A-Z][ -~]{10,70}")
planted = (
    ctypes.create_string_buffer(b"# clai" + b"m: A run cannot be read by a later one") if STAGE["outside"] else None
)
found, size = [], 0
with open("/proc/self/maps") as file:
    areas = [line.split() for line in file]
with open("/proc/self/mem", "rb", buffering=0) as memory:
    for fields in areas:
        start, end = (int(text, 16) for text in fields[0].split("-"))
        if not fields[1].startswith("rw") or end - start > 256 << 20 or fields[-1].startswith("[v"):
            continue
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except OSError:
            continue
        size += len(data)
        found += needle.findall(data)
print(f"ESCAPED: found {found[:3]}" if found else f"HELD: nothing in {size >> 10} KiB")

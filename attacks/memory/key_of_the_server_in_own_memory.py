# SPDX-License-Identifier: Apache-2.0
# claim: The memory that a run inherits holds no key and no environment of the server.
# expected: absent
# origin: fork servers copy their memory into each child
# outside: as nobody

import ctypes
import re

needle = re.compile(b"(?:API[_]KEY|ADMIN[_]KEY|X-API-KE[Y]|x-api-ke[y]|app[.]ke[y])[=:] ?[!-~]{3,60}", re.S)
planted = ctypes.create_string_buffer(b"API_K" + b"EY=" + STAGE["mark"].encode()) if STAGE["outside"] else None
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

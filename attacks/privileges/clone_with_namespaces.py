# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot start a process or a thread in a new namespace by clone or clone3.
# expected: refused
# origin: CVE-2022-0185 and its kind, from containers
# outside: as nobody

import struct
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(number, *arguments):
    """What a system call gave: a number, or the name of its error."""
    values = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *values)
    return result if result >= 0 else errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))


CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
seen = {}
for name, flags in (
    ("user", 0x10000000),
    ("user and mount", 0x10020000),
    ("user and net", 0x50000000),
    ("user and pid", 0x30000000),
):
    for way in ("clone", "clone3"):
        if way == "clone":
            child = call(CLONE, flags | 17, 0, 0, 0, 0)
        else:
            child = call(435, struct.pack("QQQQQQQQ", flags, 0, 0, 0, 17, 0, 0, 0), 64)
        if child == 0:
            os._exit(0)
        seen[f"{way} {name}"] = child
        if isinstance(child, int):
            os.waitpid(child, 0)
got = [name for name, result in seen.items() if isinstance(result, int)]
if STAGE["outside"] and not got:
    print("HELD: not on this machine")
else:
    print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

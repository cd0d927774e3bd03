# SPDX-License-Identifier: Apache-2.0
# claim: The call that starts threads takes no flag for a namespace, for tracing or for the parent.
# expected: refused
# origin: filters that look at a part of the flags
# outside: never: the kernel itself refuses a thread in a namespace of its own

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
THREAD = 0x10000 | 0x800 | 0x100
seen = {}
for name, flag in (
    ("NEWNS", 0x20000),
    ("NEWUSER", 0x10000000),
    ("NEWPID", 0x20000000),
    ("NEWNET", 0x40000000),
    ("PARENT", 0x8000),
    ("PTRACE", 0x2000),
    ("UNTRACED", 0x800000),
):
    seen[name] = call(
        CLONE,
        (THREAD & ~0x10000 if name == "PARENT" else THREAD) | flag,
        0,
        0,
        0,
        0,
    )
    if seen[name] == 0:
        os._exit(0)
got = [name for name, result in seen.items() if isinstance(result, int)]
print(f"ESCAPED: started with {got}" if got else f"HELD: {seen}")

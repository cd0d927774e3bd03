# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot become another user or group, root included.
# expected: refused
# origin: classic
# outside: as root

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


calls = {"setuid": (105, 146, (12345,)), "setgid": (106, 144, (12345,)), "setreuid": (113, 145, (12345, 12345)),
         "setresuid": (117, 147, (0, 0, 0)), "setresgid": (119, 149, (0, 0, 0)), "setgroups": (116, 159, (0, None)),
         "setfsuid": (122, 151, (0,)), "setregid": (114, 143, (0, 0))}
arm = os.uname().machine == "aarch64"
before = os.getresuid(), os.getresgid(), os.getgroups()
seen = {}
for name in ("setgroups", "setresgid", "setregid", "setgid", "setfsuid", "setresuid", "setreuid", "setuid"):
    seen[name] = call(calls[name][1] if arm else calls[name][0], *calls[name][2])
after = os.getresuid(), os.getresgid(), os.getgroups()
print(f"ESCAPED: from {before} to {after}" if before != after or 0 in after[0] else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make a user namespace, in which it would have every capability.
# expected: refused
# origin: the first step of most local exploits of the last years
# outside: as nobody

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


UNSHARE = {"x86_64": 272, "aarch64": 97}[os.uname().machine]
before = os.readlink("/proc/self/ns/user") if os.path.exists("/proc/self/ns/user") else ""
seen = [call(UNSHARE, 0x10000000), call(UNSHARE, 0x10000000 | 0x40000000)]
if 0 in seen:
    print("ESCAPED: from", before, "to", os.readlink("/proc/self/ns/user"))
else:
    print("HELD: not on this machine" if STAGE["outside"] else f"HELD: {seen}")

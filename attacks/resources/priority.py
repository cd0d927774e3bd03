# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot raise its own priority: nice, real time, deadline, input and output.
# expected: refused
# origin: classic
# outside: as root

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


SETPRIORITY = {"x86_64": 141, "aarch64": 140}[os.uname().machine]
SETSCHEDULER = {"x86_64": 144, "aarch64": 119}[os.uname().machine]
SETATTR = {"x86_64": 314, "aarch64": 274}[os.uname().machine]
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}[os.uname().machine]
deadline = struct.pack("IIQiIQQQ", 48, 6, 0, 0, 0, 10**6, 10**7, 10**7)
seen = {"nice": call(SETPRIORITY, 0, 0, -10 & 0xFFFFFFFF), "fifo": call(SETSCHEDULER, 0, 1, struct.pack("i", 1)),
        "deadline": call(SETATTR, 0, deadline, 0), "ioprio": call(IOPRIO_SET, 1, 0, 1 << 13)}
got = [name for name, result in seen.items() if isinstance(result, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run that makes refused calls without end is stopped.
# expected: limit denied_limit
# origin: a supervisor kept busy by notifications
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


PTRACE = {"x86_64": 101, "aarch64": 117}[os.uname().machine]
goal = 100000 if not STAGE["outside"] else 3000
for _ in range(goal):
    call(PTRACE, 99, 1, 0, 0)
print(f"ESCAPED: {goal} refused calls")

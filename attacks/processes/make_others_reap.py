# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot wait for, adopt or be the child reaper of processes of others.
# expected: refused
# origin: PR_SET_CHILD_SUBREAPER, waitid by pidfd
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


PRCTL = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
seen = call(PRCTL, 36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
value = ctypes.c_int()
call(PRCTL, 37, ctypes.byref(value), 0, 0, 0)
print("ESCAPED: orphans come to this process" if value.value else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: The promise never to gain rights by starting programs cannot be taken back.
# expected: refused
# origin: classic
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
seen = [call(PRCTL, 38, 0, 0, 0, 0), call(PRCTL, 38, 2, 0, 0, 0)]
value = call(PRCTL, 39, 0, 0, 0, 0)
print(f"ESCAPED: no_new_privs is {value}" if value == 0 else f"HELD: {seen}, it is {value}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot free itself of the signal that ends it with its server.
# expected: refused
# origin: PR_SET_PDEATHSIG is cleared by who asks
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
value = ctypes.c_int(-1)
if STAGE["outside"]:
    call(PRCTL, 1, 9, 0, 0, 0)
result = call(PRCTL, 1, 0, 0, 0, 0)
call(PRCTL, 2, ctypes.byref(value), 0, 0, 0)
print("ESCAPED: no signal is set" if result == 0 and value.value == 0 else f"HELD: {result}, signal {value.value}")

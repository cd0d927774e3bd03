# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make the machine write out all of its disks.
# expected: refused
# origin: a cheap way to slow down everybody
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


SYNCFS = {"x86_64": 306, "aarch64": 267}[os.uname().machine]
folder = os.open(".", os.O_RDONLY)
result = call(SYNCFS, folder)
print("ESCAPED: the disk of the run's folder was written out" if result == 0 else f"HELD: {result}")

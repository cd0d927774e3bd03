# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot give the server a child by CLONE_PARENT.
# expected: refused
# origin: confused waits of the parent
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


CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
read, write = os.pipe()
parent = os.getppid()
result = call(CLONE, 0x8000 | 17, 0, 0, 0, 0)  # CLONE_PARENT, SIGCHLD
if result == 0:
    os.write(write, str(os.getppid()).encode())
    os._exit(0)
if isinstance(result, str):
    print(f"HELD: {result}")
else:
    told = int(os.read(read, 20))
    print(f"ESCAPED: a child of {told}" if told == parent else f"HELD: a child of {told}")

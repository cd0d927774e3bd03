# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read another process's memory by process_vm_readv.
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


READV = {"x86_64": 310, "aarch64": 270}[os.uname().machine]
buffer = ctypes.create_string_buffer(100)


class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


mine = Part(ctypes.addressof(buffer), len(STAGE["mark"]))
theirs = Part(STAGE["victim_address"], len(STAGE["mark"]))
result = call(READV, STAGE["victim_pid"], ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
print("ESCAPED: read " + buffer.value.decode() if buffer.value.decode() == STAGE["mark"] else f"HELD: {result}")

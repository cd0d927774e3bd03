# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot write to another process's memory by process_vm_writev.
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


WRITEV = {"x86_64": 311, "aarch64": 271}[os.uname().machine]
text = STAGE["mark"].encode()  # what is there already: proof without harm
buffer = ctypes.create_string_buffer(text)


class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


mine, theirs = Part(ctypes.addressof(buffer), len(text)), Part(STAGE["victim_address"], len(text))
result = call(WRITEV, STAGE["victim_pid"], ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
print(f"ESCAPED: wrote {result} bytes" if result == len(text) else f"HELD: {result}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot have the kernel start its key helper (request_key), which runs as root.
# expected: refused
# origin: /sbin/request-key upcalls
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


REQUEST_KEY = {"x86_64": 249, "aarch64": 218}[os.uname().machine]
result = call(REQUEST_KEY, b"user", b"sandgate-attack-none", None, 0)
print(f"ESCAPED: the kernel looked for the key: {result}" if result == "ENOKEY" else f"HELD: {result}")

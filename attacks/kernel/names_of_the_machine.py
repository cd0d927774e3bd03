# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot rename the machine or hang up its terminals.
# expected: refused
# origin: classic
# outside: as root

import socket
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


SETHOSTNAME = {"x86_64": 170, "aarch64": 161}[os.uname().machine]
SETDOMAINNAME = {"x86_64": 171, "aarch64": 162}[os.uname().machine]
name = socket.gethostname().encode()
seen = {"sethostname": call(SETHOSTNAME, name, len(name)), "setdomainname": call(SETDOMAINNAME, b"(none)", 6)}
got = [which for which, result in seen.items() if result == 0]
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot put a Landlock domain of its own between itself and the signal that ends it.
# expected: refused
# origin: scoped signals stop a parent-death signal
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


version = call(444, None, 0, 1)
rules = (1).to_bytes(8, "little") + bytes(16)
made = call(444, rules, 8, 0)
if STAGE["outside"] and made in ("EOPNOTSUPP", "ENOSYS"):
    print("HELD: not on this machine")
else:
    print(
        f"ESCAPED: a set of rules: {os.readlink(f'/proc/self/fd/{made}')}"
        if isinstance(made, int)
        else f"HELD: {version}, {made}"
    )

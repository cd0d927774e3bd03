# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot change its root, and so not climb out of one.
# expected: refused
# origin: the second chroot of the classic breakout
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


CHROOT = {"x86_64": 161, "aarch64": 51}[os.uname().machine]
os.mkdir("jail")
result = call(CHROOT, b"jail")
if result == 0:  # the working folder is still outside of the new root
    inside = os.stat("/")
    os.chdir("/".join([".."] * 30))
    call(CHROOT, b".")
    if not os.path.samestat(os.stat("/"), inside):
        print("ESCAPED: in, and out again")
else:
    print(f"HELD: {result}")

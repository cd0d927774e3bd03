# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make a device file, neither by mknod nor by mknodat.
# expected: refused
# origin: CAP_MKNOD in containers
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


MKNODAT = {"x86_64": 259, "aarch64": 33}[os.uname().machine]
seen, got = [], []
for kind, device in ((0o020666, 0x0103), (0o060666, 0x0800), (0o020666, 0x010B)):
    seen.append(call(MKNODAT, -100, b"node", kind, device))
    if seen[-1] == 0:
        got.append(f"device {os.stat('node').st_rdev:#x}")
        os.unlink("node")
    try:
        os.mknod("node", kind, device)
        got.append(f"device {os.stat('node').st_rdev:#x}")
        os.unlink("node")
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: made {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot mount anything: tmpfs, proc, sysfs, bind mounts, remounts.
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


MOUNT = {"x86_64": 165, "aarch64": 40}[os.uname().machine]
UMOUNT = {"x86_64": 166, "aarch64": 39}[os.uname().machine]
os.mkdir("place")
seen = {
    "tmpfs": call(MOUNT, b"none", b"place", b"tmpfs", 0, None),
    "proc": call(MOUNT, b"none", b"place", b"proc", 0, None),
    "bind": call(MOUNT, b"/", b"place", None, 0x5000, None),
    "remount": call(MOUNT, None, b"place", None, 0x1020, None),
    "private": call(MOUNT, None, b"place", None, 0x44000, None),
}
got = [name for name, result in seen.items() if result == 0]
while call(UMOUNT, b"place", 2) == 0:
    pass
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

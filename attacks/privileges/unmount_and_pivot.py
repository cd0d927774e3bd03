# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take mounts off or change its root by pivot_root, so nothing under it comes to light.
# expected: refused
# origin: umount -l of a mount that covers the host's root
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


UMOUNT = {"x86_64": 166, "aarch64": 39}[os.uname().machine]
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
MOUNT = {"x86_64": 165, "aarch64": 40}[os.uname().machine]
seen = {}
os.mkdir("place")
for path in ("/proc", "/tmp", "/dev", "/", "place"):
    if STAGE["outside"]:  # only what was mounted for this
        path = "place"
        call(MOUNT, b"none", b"place", b"tmpfs", 0, None)
    seen[path] = call(UMOUNT, path.encode(), 2)
if not STAGE["outside"]:
    seen["pivot_root"] = call(PIVOT_ROOT, b".", b".")
got = [name for name, result in seen.items() if result == 0]
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot turn swapping, accounting or quotas on or off.
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


SWAPON = {"x86_64": 167, "aarch64": 224}[os.uname().machine]
SWAPOFF = {"x86_64": 168, "aarch64": 225}[os.uname().machine]
ACCT = {"x86_64": 163, "aarch64": 89}[os.uname().machine]
QUOTACTL = {"x86_64": 179, "aarch64": 60}[os.uname().machine]
# The files do not exist: who gets past the permission is told ENOENT.
seen = {
    "swapon": call(SWAPON, b"/nonexistent-swap", 0),
    "swapoff": call(SWAPOFF, b"/nonexistent-swap"),
    "acct": call(ACCT, b"/nonexistent-log"),
    "quotactl": call(QUOTACTL, 0x800002 << 8, b"/nonexistent-disk", 0, None),
}
got = [name for name, result in seen.items() if result == "ENOENT"]
print(f"ESCAPED: past the permission: {got}" if got else f"HELD: {seen}")

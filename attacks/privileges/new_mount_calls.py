# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot mount by the newer calls: fsopen, fsmount, open_tree, move_mount, mount_setattr, fspick.
# expected: refused
# origin: filters that know mount(2) only; CVE-2022-0185 (fsconfig)
# outside: as root

import struct
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


seen, got = {}, []
seen["fsopen"] = call(430, b"tmpfs", 0)
if isinstance(seen["fsopen"], int):
    seen["fsconfig"] = call(431, seen["fsopen"], 6, None, None, 0)
    seen["fsmount"] = call(432, seen["fsopen"], 0, 0)
seen["open_tree"] = call(428, -100, b"/", 1 | 0x8000)  # OPEN_TREE_CLONE, recursive
if isinstance(seen["open_tree"], int):
    fd = os.open(STAGE["secret_file"].lstrip("/"), os.O_RDONLY, dir_fd=seen["open_tree"])
    got.append("read " + os.read(fd, 100).decode().strip())
seen["fspick"] = call(433, -100, b"/", 0)
seen["mount_setattr"] = call(442, -100, b".", 0, struct.pack("QQQQ", 0, 0, 0, 0), 32)
seen["move_mount"] = call(429, -100, b"/nonexistent-a", -100, b"/nonexistent-b", 0)
got += [name for name, result in seen.items() if isinstance(result, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

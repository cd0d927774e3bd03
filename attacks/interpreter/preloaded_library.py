# SPDX-License-Identifier: Apache-2.0
# claim: The library that maps /tmp for programs is no boundary and no hole: calls past it meet the same locks.
# expected: refused
# origin: LD_PRELOAD shims as sandboxes
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


OPENAT = {"x86_64": 257, "aarch64": 56}[os.uname().machine]
seen = []
for path in (
    "/tmp/../" + STAGE["secret_file"][1:],
    "/tmp/./../.." + STAGE["secret_file"],
    "//tmp/../.." + STAGE["secret_file"],
    "/var/tmp/../.." + STAGE["secret_file"],
    "/dev/shm/../.." + STAGE["secret_file"],
):
    for opened in (lambda: libc.open(path.encode(), 0), lambda: call(OPENAT, -100, path.encode(), 0)):
        fd = opened()
        seen.append(os.read(fd, 200).decode() if isinstance(fd, int) and fd >= 0 else str(fd))
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {sorted(set(seen))}")

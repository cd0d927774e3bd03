# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read a foreign file by openat2, whatever it asks of the resolution of the path.
# expected: refused
# origin: classic
# outside: as nobody

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


root = os.open("/", os.O_PATH)
seen = []
for flags in (os.O_RDONLY, os.O_RDONLY | os.O_NOATIME, os.O_RDONLY | os.O_NOFOLLOW):
    for resolve in (0, 0x02, 0x10):  # RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT
        how = struct.pack("QQQ", flags, 0, resolve)
        fd = call(437, root, STAGE["secret_file"].lstrip("/").encode(), how, len(how))
        seen.append(fd if isinstance(fd, str) else os.read(fd, 200).decode())
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {sorted(set(seen))}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot give a foreign file a name in its own folder by linking an O_PATH descriptor.
# expected: refused
# origin: linkat with AT_EMPTY_PATH, and through /proc/self/fd
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


LINKAT = {"x86_64": 265, "aarch64": 37}[os.uname().machine]
AT_FDCWD, AT_EMPTY_PATH, AT_SYMLINK_FOLLOW = -100, 0x1000, 0x400
try:
    fd = os.open(STAGE["secret_file"], os.O_PATH)
    seen = [call(LINKAT, fd, b"", AT_FDCWD, b"stolen1", AT_EMPTY_PATH),
            call(LINKAT, AT_FDCWD, f"/proc/self/fd/{fd}".encode(), AT_FDCWD, b"stolen2", AT_SYMLINK_FOLLOW)]
    for name in ("stolen1", "stolen2"):
        if os.path.exists(name):
            with open(name) as file:
                seen.append(file.read())
except OSError as error:
    seen = [error.strerror]
got = [text for text in seen if STAGE["mark"] in str(text)]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot lock memory, nor take large pages, out of the machine's hands.
# expected: refused
# origin: mlock as a denial of service
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


MLOCK = {"x86_64": 149, "aarch64": 228}[os.uname().machine]
MLOCKALL = {"x86_64": 151, "aarch64": 230}[os.uname().machine]
MMAP = {"x86_64": 9, "aarch64": 222}[os.uname().machine]
size = 32 << 20
area = call(MMAP, 0, size, 3, 0x22, -1, 0)
locked = call(MLOCK, area, size) if isinstance(area, int) else area
every = call(MLOCKALL, 4)  # MCL_ONFAULT: an error without a future or a present
print(f"ESCAPED: {size >> 20} MiB are locked" if locked == 0 else f"HELD: {locked}, {every}")

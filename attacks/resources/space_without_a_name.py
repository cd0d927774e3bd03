# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take the disk in no time by reserving space for files that nobody finds.
# expected: refused
# origin: fallocate(2) on files that have been unlinked: no byte is written, and no folder has them
# outside: as nobody

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
held, error = [], "nothing"
try:
    for number in range(300):
        file = os.open(f"f{number}", os.O_RDWR | os.O_CREAT)
        os.unlink(f"f{number}")
        held.append(file)
        if libc.fallocate(file, 0, 0, 1 << 20) != 0:
            raise OSError(ctypes.get_errno(), errno.errorcode[ctypes.get_errno()])
except OSError as reason:
    error = str(reason)
space = sum(os.fstat(file).st_blocks for file in held) * 512 >> 20
print(f"ESCAPED: {space} MiB" if space >= 300 else f"HELD: {error}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run gets no io_uring, whose requests pass no system call filter.
# expected: refused
# origin: CVE-2023-2598, CVE-2022-29582 and many more
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


ring = call(425, 8, ctypes.create_string_buffer(120))
registered = call(427, 0, 8, ctypes.create_string_buffer(4096), 1)  # IORING_REGISTER_PROBE
if isinstance(ring, int):
    print("ESCAPED: a ring:", os.readlink(f"/proc/self/fd/{ring}"))
else:
    print(f"HELD: {ring}, {registered}, {call(426, 0, 1, 1, 0, None, 0)}")

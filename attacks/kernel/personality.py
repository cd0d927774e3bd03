# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot turn off the protection of its memory layout by personality.
# expected: refused
# origin: READ_IMPLIES_EXEC, ADDR_NO_RANDOMIZE, MMAP_PAGE_ZERO
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


PERSONALITY = {"x86_64": 135, "aarch64": 92}[os.uname().machine]
seen = [call(PERSONALITY, value) for value in (0x0040000, 0x0400000, 0x0100000, 0x0440008)]
now = call(PERSONALITY, 0xFFFFFFFF)
print(f"ESCAPED: the personality is {now:#x}" if isinstance(now, int) and now else f"HELD: {seen}")

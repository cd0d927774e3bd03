# SPDX-License-Identifier: Apache-2.0
# claim: A run has no capability and can get none: capset, ambient, inheritable, bounding set.
# expected: refused
# origin: CVE-2022-24769, inheritable capabilities of containers
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


CAPSET = {"x86_64": 126, "aarch64": 91}[os.uname().machine]
PRCTL = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
CAPGET = {"x86_64": 125, "aarch64": 90}[os.uname().machine]
header = struct.pack("II", 0x20080522, 0)
every = struct.pack("IIIIII", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x1FF, 0x1FF, 0x1FF)
seen = [call(CAPSET, header, every), call(PRCTL, 47, 2, 21, 0, 0), call(PRCTL, 8, 1, 0, 0, 0)]
sets = ctypes.create_string_buffer(24)
call(CAPGET, header, sets)
ambient = [number for number in range(41) if call(PRCTL, 47, 1, number, 0, 0) == 1]
got = any(sets.raw) or bool(ambient)
print(f"ESCAPED: sets {sets.raw.hex()}, ambient {ambient}" if got else f"HELD: {seen}, every set is empty")

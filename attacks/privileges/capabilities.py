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
header = struct.pack("II", 0x20080522, 0)
every = struct.pack("IIIIII", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x1FF, 0x1FF, 0x1FF)
seen = [call(CAPSET, header, every), call(PRCTL, 47, 2, 21, 0, 0), call(PRCTL, 8, 1, 0, 0, 0)]
with open("/proc/self/status") as file:
    sets = dict(line.split() for line in file if line.startswith("Cap"))
got = {name: value for name, value in sets.items() if int(value, 16) and name != "CapBnd:"}
print(f"ESCAPED: {got}" if got else f"HELD: {seen}, {sets}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot attach System V shared memory of others by its key.
# expected: refused
# origin: classic
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


if STAGE["shm_key"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
SHMGET = {"x86_64": 29, "aarch64": 194}[os.uname().machine]
SHMAT = {"x86_64": 30, "aarch64": 196}[os.uname().machine]
shared = call(SHMGET, STAGE["shm_key"], 0, 0)
address = call(SHMAT, shared, 0, 0) if isinstance(shared, int) else shared
text = ctypes.string_at(address, len(STAGE["mark"])).decode() if isinstance(address, int) else ""
print("ESCAPED: read " + text if text == STAGE["mark"] else f"HELD: {address}")

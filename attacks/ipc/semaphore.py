# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot use System V semaphores of others.
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


if STAGE["sem_id"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
SEMGET = {"x86_64": 64, "aarch64": 190}[os.uname().machine]
SEMCTL = {"x86_64": 66, "aarch64": 191}[os.uname().machine]
SEMOP = {"x86_64": 65, "aarch64": 193}[os.uname().machine]
value = call(SEMCTL, STAGE["sem_id"], 0, 12, 0)  # GETVAL
found = call(SEMGET, STAGE["shm_key"], 0, 0)
operation = (
    call(SEMOP, STAGE["sem_id"], b"\0\0\0\0\0\x08", 1) if value == 0 else value
)  # waits for zero: changes nothing
got = isinstance(value, int) or found == STAGE["sem_id"]
print(f"ESCAPED: value {value}, by key {found}, semop {operation}" if got else f"HELD: {value} {found}")

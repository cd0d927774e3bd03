# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot leave System V objects behind, which would outlive it.
# expected: refused
# origin: the kernel keeps them until they are removed
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


SHMGET = {"x86_64": 29, "aarch64": 194}[os.uname().machine]
SHMCTL = {"x86_64": 31, "aarch64": 195}[os.uname().machine]
SEMGET = {"x86_64": 64, "aarch64": 190}[os.uname().machine]
SEMCTL = {"x86_64": 66, "aarch64": 191}[os.uname().machine]
MSGGET = {"x86_64": 68, "aarch64": 186}[os.uname().machine]
MSGCTL = {"x86_64": 71, "aarch64": 187}[os.uname().machine]
results = {
    "shm": call(SHMGET, 0x5A5A, 4096, 0o1666),
    "sem": call(SEMGET, 0x5A5A, 1, 0o1666),
    "msg": call(MSGGET, 0x5A5A, 0o1666),
}
made = [name for name, number in results.items() if isinstance(number, int)]
for name, remove in (
    ("shm", lambda n: call(SHMCTL, n, 0, 0)),
    ("sem", lambda n: call(SEMCTL, n, 0, 0)),
    ("msg", lambda n: call(MSGCTL, n, 0, 0)),
):
    if name in made:
        remove(results[name])
print(f"ESCAPED: made {made}" if made else f"HELD: {results}")

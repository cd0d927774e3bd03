# SPDX-License-Identifier: Apache-2.0
# claim: Calls of the x32 kind, numbers with bit 30, are refused.
# expected: limit signal
# origin: filters that compare numbers without the bit
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


if os.uname().machine != "x86_64":
    print("HELD: not on this machine")
    raise SystemExit
BIT = 0x40000000
seen = {"getpid": call(BIT | 39), "ptrace": call(BIT | 521, 0, 0, 0, 0), "execve": call(BIT | 520, 0, 0, 0),
        "open": call(BIT | 2, STAGE["secret_file"].encode(), 0), "old ptrace": call(BIT | 101, 0, 0, 0, 0)}
got = [name for name, result in seen.items() if isinstance(result, int)]
if STAGE["outside"] and not got:
    print("HELD: not on this machine")  # a kernel without x32
else:
    print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

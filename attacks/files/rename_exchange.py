# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot exchange, move or overwrite foreign files by renameat2.
# expected: refused
# origin: RENAME_EXCHANGE and RENAME_WHITEOUT races
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


RENAMEAT2 = {"x86_64": 316, "aarch64": 276}[os.uname().machine]
foreign = STAGE["writable_file"].encode()
with open("mine", "w") as file:
    file.write("mine")
before = os.stat("mine").st_ino
seen = [call(RENAMEAT2, -100, b"mine", -100, foreign, 2)]
if seen[0] == 0 and os.stat("mine").st_ino != before:
    call(RENAMEAT2, -100, b"mine", -100, foreign, 2)
    print("ESCAPED: exchanged a file of the run with a foreign one, and back")
else:
    target = foreign + b"-moved"
    seen.append(call(RENAMEAT2, -100, foreign, -100, target, 1))
    if seen[-1] == 0:
        call(RENAMEAT2, -100, target, -100, foreign, 1)
        print("ESCAPED: moved a foreign file, and back")
    else:
        print(f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot set the clock.
# expected: refused
# origin: classic
# outside: as root

import time
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


CLOCK_SETTIME = {"x86_64": 227, "aarch64": 112}[os.uname().machine]
ADJTIMEX = {"x86_64": 159, "aarch64": 171}[os.uname().machine]
SETTIMEOFDAY = {"x86_64": 164, "aarch64": 170}[os.uname().machine]
buffer = ctypes.create_string_buffer(208)
libc.adjtimex(buffer)
ctypes.memmove(buffer, (0x4000).to_bytes(4, "little"), 4)  # ADJ_TICK: the tick that is set already
seen = {"adjtimex": call(ADJTIMEX, buffer)}
try:
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    seen["clock_settime"] = 0
except OSError as error:
    seen["clock_settime"] = error.strerror
got = [name for name, result in seen.items() if isinstance(result, int)]
print(f"ESCAPED: set by {got}" if got else f"HELD: {seen}")

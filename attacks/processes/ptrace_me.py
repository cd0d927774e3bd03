# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make its parent, the server, its tracer.
# expected: refused
# origin: PTRACE_TRACEME confuses the parent's wait
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


PTRACE = {"x86_64": 101, "aarch64": 117}[os.uname().machine]
result = call(PTRACE, 0, 0, 0, 0)
try:
    with open("/proc/self/status") as file:
        tracer = [line.split()[1] for line in file if line.startswith("TracerPid")][0]
except OSError:
    tracer = "unknown"
print(f"ESCAPED: traced by {tracer}" if result == 0 and tracer != "0" else f"HELD: {result}, tracer {tracer}")

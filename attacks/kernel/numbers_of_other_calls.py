# SPDX-License-Identifier: Apache-2.0
# claim: Numbers with high bits set, and numbers that no call has, reach no call.
# expected: refused
# origin: truncation of numbers between filter and kernel
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
UNSHARE = {"x86_64": 272, "aarch64": 97}[os.uname().machine]
seen = {}
for base, arguments in ((PTRACE, (0, 0, 0, 0)), (UNSHARE, (0x10000000,))):
    for high in (1 << 32, 1 << 63, 0xFFFFFFFF << 32, 0x40000000 << 32):
        value = high | base
        seen[hex(value)] = call(value - (1 << 64) if value >> 63 else value, *arguments)
seen["-1"] = call(-1)
seen["1000"] = call(1000)
try:
    with open("/proc/self/status") as file:
        tracer = [line.split()[1] for line in file if line.startswith("TracerPid")][0]
except OSError:
    tracer = "0"
got = [name for name, result in seen.items() if isinstance(result, int)] + (["traced"] if tracer != "0" else [])
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(set(map(str, seen.values())))}")

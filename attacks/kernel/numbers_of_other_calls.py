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


GETSID = {"x86_64": 124, "aarch64": 156}[os.uname().machine]
number = GETSID if STAGE["outside"] else None
seen = {}
for base, arguments in ((101, (0, 0, 0, 0)), (165, (b"none", b"/tmp", b"tmpfs", 0, None)), (272, (0x10000000,)), (321, (0, bytes(72), 72))):
    for high in (1 << 32, 1 << 63, 0xFFFFFFFF << 32, 0x40000000 << 32):
        value = high | base
        seen[hex(value)] = call(value - (1 << 64) if value >> 63 else value, *arguments)
seen["-1"] = call(-1)
seen["1000"] = call(1000)
with open("/proc/self/status") as file:
    tracer = [line.split()[1] for line in file if line.startswith("TracerPid")][0]
got = [name for name, result in seen.items() if isinstance(result, int)] + (["traced"] if tracer != "0" else [])
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(set(map(str, seen.values())))}")

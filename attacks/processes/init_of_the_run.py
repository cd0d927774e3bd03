# SPDX-License-Identifier: Apache-2.0
# claim: Process 1 of a run is out of reach: no signal, no tracing, no memory, no root, no environment.
# expected: refused
# origin: container breakouts through an init with more rights
# outside: as root

import os
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
got, seen = [], []
for name in ("environ", "root/etc/passwd", "maps", "fd/0", "ns/mnt", "mem", "cmdline"):
    try:
        fd = os.open(f"/proc/1/{name}", os.O_RDONLY | os.O_NONBLOCK)
        got.append(name)
        os.close(fd)
    except OSError as error:
        seen.append(error.strerror)
result = call(PTRACE, 0x4206, 1, 0, 0)
got += ["ptrace"] if result == 0 else []
try:
    os.kill(1, 0)
    got.append("signals")
except OSError as error:
    seen.append(error.strerror)
print(f"ESCAPED: of process 1: {got}" if got else f"HELD: {result} {seen}")

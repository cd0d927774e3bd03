# SPDX-License-Identifier: Apache-2.0
# claim: A run opens no performance counters, which show addresses of the kernel.
# expected: refused
# origin: CVE-2013-2094 and side channels
# outside: as root

import struct
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


PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}[os.uname().machine]
attributes = ctypes.create_string_buffer(struct.pack("IIQQQQQ", 1, 112, 1, 0, 0, 0, 1) + bytes(64))
results = [
    call(PERF_EVENT_OPEN, attributes, pid, cpu, -1, 0) for pid, cpu in ((0, -1), (-1, 0), (STAGE["victim_pid"], -1))
]
got = [os.readlink(f"/proc/self/fd/{fd}") for fd in results if isinstance(fd, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {results}")

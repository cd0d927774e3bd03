# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read the kernel's log or its addresses.
# expected: refused
# origin: addresses for exploits
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


SYSLOG = {"x86_64": 103, "aarch64": 116}[os.uname().machine]
buffer = ctypes.create_string_buffer(4096)
size = call(SYSLOG, 3, buffer, 4096)
got, seen = ([f"syslog: {size} bytes"] if isinstance(size, int) and size else []), [size]
for path in ("/dev/kmsg", "/proc/kmsg", "/proc/kallsyms", "/proc/kcore", "/proc/config.gz", "/sys/kernel/debug/tracing",
             "/sys/kernel/notes", "/proc/iomem", "/boot/System.map"):
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        got.append(path)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run gets no userfaultfd, with which it could hold the kernel in the middle of a copy.
# expected: refused
# origin: the lever of most races of the last years
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


USERFAULTFD = {"x86_64": 323, "aarch64": 282}[os.uname().machine]
results = [call(USERFAULTFD, 0), call(USERFAULTFD, 1)]
try:
    device = os.open("/dev/userfaultfd", os.O_RDWR)
    results.append(device)
except OSError as error:
    results.append(error.strerror)
got = [os.readlink(f"/proc/self/fd/{fd}") for fd in results if isinstance(fd, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {results}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot get a listener of notifications, with which it would answer its own refused calls.
# expected: refused
# origin: SECCOMP_FILTER_FLAG_NEW_LISTENER and SECCOMP_USER_NOTIF_FLAG_CONTINUE
# outside: as nobody

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


SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
PRCTL = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))
call(PRCTL, 38, 1, 0, 0, 0)
seen = [call(SECCOMP, 1, flags, program) for flags in (8, 8 | 16, 8 | 4)]
got = [os.readlink(f"/proc/self/fd/{fd}") for fd in seen if isinstance(fd, int)]
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot put a filter of its own over the server's, which would hide its calls or fake their results.
# expected: refused
# origin: seccomp filters stack; SECCOMP_RET_ERRNO hides calls from the report
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
allow = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 1, ctypes.addressof(allow)))
call(PRCTL, 38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
seen = [call(SECCOMP, 1, 0, program), call(PRCTL, 22, 2, program, 0, 0), call(SECCOMP, 1, 1, program)]
got = [result for result in seen if result == 0]
print(f"ESCAPED: filters are in force, mode {call(PRCTL, 21, 0, 0, 0, 0)}" if got else f"HELD: {seen}")

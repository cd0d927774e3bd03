# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot become another program, by execve or from memory by execveat.
# expected: refused
# origin: fileless execution from a memfd
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


EXECVEAT = {"x86_64": 322, "aarch64": 281}[os.uname().machine]
print("", end="", flush=True)
arguments = (ctypes.c_char_p * 4)(b"sh", b"-c", b"echo ESCAPED: another program is running", None)
seen = []
fd = os.memfd_create("program")
try:
    with open("/bin/sh", "rb") as program:
        os.write(fd, program.read())
except OSError as error:
    seen.append(error.strerror)
seen.append(call(EXECVEAT, fd, b"", arguments, None, 0x1000))
try:
    os.execv("/bin/sh", ["sh", "-c", "echo ESCAPED: another program is running"])
except OSError as error:
    seen.append(error.strerror)
print(f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: No descriptor of a run answers to the calls of a notification listener, so no run can let itself go on.
# expected: absent
# origin: SECCOMP_IOCTL_NOTIF_RECV, SEND and ADDFD on guessed descriptors
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


IOCTL = {"x86_64": 16, "aarch64": 29}[os.uname().machine]
SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
if STAGE["outside"]:
    code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))
    libc.prctl(38, 1, 0, 0, 0)
    call(SECCOMP, 1, 8, program)
seen, got = set(), []
response = struct.pack("QqiI", 1, 0, 0, 1)  # id 1, go on
for fd in range(64):
    result = call(IOCTL, fd, 0xC0182101, response)  # SECCOMP_IOCTL_NOTIF_SEND
    if result in (0, "ENOENT", "EINPROGRESS"):
        got.append(fd)
    seen.add(str(result))
print(f"ESCAPED: descriptor {got} is a listener" if got else f"HELD: {sorted(seen)}")

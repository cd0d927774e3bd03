# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot open or make POSIX message queues.
# expected: refused
# origin: mq_open; queues outlive their makers
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


if STAGE["posix_mq"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
MQ_OPEN = {"x86_64": 240, "aarch64": 180}[os.uname().machine]
MQ_UNLINK = {"x86_64": 241, "aarch64": 181}[os.uname().machine]
name = STAGE["posix_mq"].lstrip("/").encode()
opened = call(MQ_OPEN, name, os.O_RDONLY | os.O_NONBLOCK, 0, 0)
made = call(MQ_OPEN, b"made-by-a-run", os.O_CREAT | os.O_RDWR, 0o600, 0)
if isinstance(made, int):
    call(MQ_UNLINK, b"made-by-a-run")
got = isinstance(opened, int) or isinstance(made, int)
print(f"ESCAPED: opened {opened}, made {made}" if got else f"HELD: {opened}, {made}")

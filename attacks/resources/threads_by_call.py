# SPDX-License-Identifier: Apache-2.0
# claim: Threads that are started by the system call itself are counted like others.
# expected: refused
# origin: limits in the interpreter's library only
# open in: rootless without cgroup_pids: number of processes and threads not limited but by memory
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


GETTID = {"x86_64": 186, "aarch64": 178}[os.uname().machine]
pthread_create = ctypes.CDLL(None).pthread_create
attributes = ctypes.create_string_buffer(64)
libc.pthread_attr_init(attributes)
libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(1 << 16))
pause = ctypes.cast(libc.pause, ctypes.c_void_p)
goal = 2000 if not STAGE["outside"] else 20
count, result = 0, 0
while count < goal and result == 0:
    handle = ctypes.c_ulong()
    result = pthread_create(ctypes.byref(handle), attributes, pause, None)
    count += result == 0
print(f"ESCAPED: {count} threads" if result == 0 else f"HELD: {errno.errorcode.get(result)} after {count}", flush=True)
os._exit(0)

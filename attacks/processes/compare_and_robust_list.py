# SPDX-License-Identifier: Apache-2.0
# claim: kcmp, get_robust_list and pidfd information tell nothing of other processes.
# expected: refused
# origin: leaks of addresses of other processes
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


GET_ROBUST_LIST = {"x86_64": 274, "aarch64": 100}[os.uname().machine]
KCMP = {"x86_64": 312, "aarch64": 272}[os.uname().machine]
pid = STAGE["victim_pid"]
head, size = ctypes.c_void_p(), ctypes.c_size_t()
seen = {"robust list": call(GET_ROBUST_LIST, pid, ctypes.byref(head), ctypes.byref(size)),
        "kcmp": call(KCMP, os.getpid(), pid, 1, 0, 0)}
got = [name for name, result in seen.items() if isinstance(result, int)]
print(f"ESCAPED: told by {got}, list at {head.value}" if got else f"HELD: {seen}")

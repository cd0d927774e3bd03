# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take open descriptors out of other processes by pidfd_getfd.
# expected: refused
# origin: classic
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


seen, got = [], []
peer = STAGE["peer"] or {}
for pid in (STAGE["victim_pid"], peer.get("pid"), STAGE["server_pid"], *(STAGE["spawner_pids"] or []), os.getppid(), 1):
    handle = call(434, pid, 0) if pid and pid != os.getpid() else "none"
    for number in range(8) if isinstance(handle, int) else ():
        fd = call(438, handle, number, 0)
        if isinstance(fd, int):
            got.append(os.readlink(f"/proc/self/fd/{fd}"))
        else:
            seen.append(fd)
    seen.append(handle if isinstance(handle, str) else "handle")
print(f"ESCAPED: took {got[:5]}" if got else f"HELD: {sorted(set(seen))}")

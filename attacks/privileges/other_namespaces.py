# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make any other namespace: mount, pid, net, ipc, uts, cgroup, time.
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


UNSHARE = {"x86_64": 272, "aarch64": 97}[os.uname().machine]
kinds = {
    "mnt": 0x20000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "ipc": 0x8000000,
    "uts": 0x4000000,
    "cgroup": 0x2000000,
    "time": 0x80,
}
seen = {name: call(UNSHARE, flag) for name, flag in kinds.items()}
got = [name for name, result in seen.items() if result == 0]
print(f"ESCAPED: namespaces {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read or change limits of another process (prlimit).
# expected: refused
# origin: prlimit(2) with a pid
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


PRLIMIT = {"x86_64": 302, "aarch64": 261}[os.uname().machine]
seen, got = [], []
peer = STAGE["peer"] or {}
old = ctypes.create_string_buffer(16)
for pid in (STAGE["victim_pid"], peer.get("pid"), STAGE["server_pid"], (1 << 32) + STAGE["victim_pid"]):
    if pid:
        seen.append(call(PRLIMIT, pid, 7, None, old))
        if seen[-1] == 0:
            got.append(f"{pid}: {int.from_bytes(old.raw[:8], 'little')} open files")
print(f"ESCAPED: read {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take away the end of another run from the server, by wait or by reaping.
# expected: refused
# origin: confused waits
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


WAITID = {"x86_64": 247, "aarch64": 95}[os.uname().machine]
seen, got = [], []
if STAGE["outside"]:
    child = os.fork()
    if child == 0:
        os._exit(7)
peer = (STAGE["peer"] or {}).get("pid") or 1
information = ctypes.create_string_buffer(128)
handle = call(434, peer, 0)
for kind, number in ((0, 0), (1, peer), (3, handle if isinstance(handle, int) else -1)):
    result = call(WAITID, kind, number, information, 4 | (0 if STAGE["outside"] else 1), None)
    pid = int.from_bytes(information.raw[16:20], "little")
    if result == 0 and pid:
        got.append(pid)
    seen.append(result)
print(f"ESCAPED: reaped {got}" if got else f"HELD: {seen}")

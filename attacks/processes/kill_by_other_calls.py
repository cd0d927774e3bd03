# SPDX-License-Identifier: Apache-2.0
# claim: No other call carries a signal out of a run:
#   tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal.
# expected: refused
# origin: filters that know kill(2) only
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


TKILL = {"x86_64": 200, "aarch64": 130}[os.uname().machine]
TGKILL = {"x86_64": 234, "aarch64": 131}[os.uname().machine]
SIGQUEUE = {"x86_64": 129, "aarch64": 138}[os.uname().machine]
TGSIGQUEUE = {"x86_64": 297, "aarch64": 240}[os.uname().machine]
pid, seen = STAGE["victim_pid"], {}
info = (10).to_bytes(4, "little") + bytes(4) + (-1 & 0xFFFFFFFF).to_bytes(4, "little") + bytes(116)
seen["tgsigqueue"] = call(TGSIGQUEUE, pid, pid, 0, info)
seen["sigqueue"] = call(SIGQUEUE, pid, 0, info)
seen["tkill"] = call(TKILL, pid, 0)
seen["tgkill"] = call(TGKILL, pid, pid, 0)
handle = call(434, pid, 0)
seen["pidfd"] = call(424, handle, 10, None, 0) if isinstance(handle, int) else handle
got = [name for name, result in seen.items() if result == 0]
print(f"ESCAPED: the victim can be signalled by {got}" if got else f"HELD: {seen}")

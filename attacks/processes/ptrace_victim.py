# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot trace another process, by PTRACE_ATTACH or PTRACE_SEIZE.
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


PTRACE = {"x86_64": 101, "aarch64": 117}[os.uname().machine]
seen, got = [], []
peer = STAGE["peer"] or {}
for pid in (STAGE["victim_pid"], peer.get("pid"), STAGE["server_pid"], os.getppid(), 1):
    if not pid:
        continue
    seen.append(call(PTRACE, 0x4206, pid, 0, 0))  # PTRACE_SEIZE, which stops nothing
    if seen[-1] == 0:
        with open(f"/proc/{pid}/status") as file:
            got += [f"{pid}: {line.strip()}" for line in file if line.startswith("TracerPid")]
        call(PTRACE, 17, pid, 0, 0)
        break
print(f"ESCAPED: traced {got}" if got else f"HELD: {seen}")

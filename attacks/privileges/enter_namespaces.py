# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot enter the namespaces of init, server, spawner or other processes.
# expected: refused
# origin: nsenter from containers; setns with a pidfd
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


SETNS = {"x86_64": 308, "aarch64": 268}[os.uname().machine]
seen, got = [], []
for pid in (1, os.getppid(), STAGE["server_pid"], STAGE["victim_pid"], *(STAGE["spawner_pids"] or [])):
    for name in ("mnt", "net", "ipc", "uts", "cgroup"):
        try:
            fd = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
            result = call(SETNS, fd, 0)
            os.close(fd)
            seen.append(result)
            got += [f"{name} of {pid}"] if result == 0 else []
        except OSError as error:
            seen.append(error.strerror)
    handle = call(434, pid, 0)
    result = call(SETNS, handle, 0x4000000) if isinstance(handle, int) else handle
    got += [f"pidfd of {pid}"] if result == 0 else []
    seen.append(result)
print(f"ESCAPED: entered {got}" if got else f"HELD: {sorted(set(map(str, seen)))}")

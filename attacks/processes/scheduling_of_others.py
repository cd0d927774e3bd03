# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot change priority, processors or input/output class of another process.
# expected: refused
# origin: starving the server by setpriority, sched_setaffinity, sched_setscheduler, ioprio_set
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


SETPRIORITY = {"x86_64": 141, "aarch64": 140}[os.uname().machine]
SETAFFINITY = {"x86_64": 203, "aarch64": 122}[os.uname().machine]
SETSCHEDULER = {"x86_64": 144, "aarch64": 119}[os.uname().machine]
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}[os.uname().machine]
seen, got = {}, []
for pid in (STAGE["victim_pid"], STAGE["server_pid"], os.getppid()):
    if not pid or pid == os.getpid():
        continue
    results = {"setpriority": call(SETPRIORITY, 0, pid, 1), "setaffinity": call(SETAFFINITY, pid, 8, bytes([255] * 8)),
               "setscheduler": call(SETSCHEDULER, pid, 0, bytes(4)), "ioprio": call(IOPRIO_SET, 1, pid, (2 << 13) | 5)}
    got += [f"{name} of {pid}" for name, result in results.items() if result == 0]
    seen.update(results)
    if got:
        break
print(f"ESCAPED: changed {got}" if got else f"HELD: {seen}")

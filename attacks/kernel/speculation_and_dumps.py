# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot change what guards its process: dumpable, tracer, securebits, memory layout, subreaper.
# expected: refused
# origin: PR_SET_PTRACER, PR_SET_DUMPABLE, PR_SET_MM, PR_SET_SECUREBITS
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


PRCTL = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
calls = {
    "PR_SET_DUMPABLE": (4, 0),
    "PR_SET_SECUREBITS": (28, 1),
    "PR_SET_MM": (35, 1, 0),
    "PR_SET_CHILD_SUBREAPER": (36, 1),
    "PR_SET_PDEATHSIG": (1, 0),
    "PR_SET_KEEPCAPS": (8, 1),
    "PR_SET_IO_FLUSHER": (57, 1),
    "PR_TASK_PERF_EVENTS_DISABLE": (31,),
    "PR_SCHED_CORE": (62, 1, 0),
    "PR_SET_SYSCALL_USER_DISPATCH": (59, 0),
    "PR_SET_MCE_KILL": (33, 0),
}
seen = {name: call(PRCTL, *(list(arguments) + [0] * (5 - len(arguments)))) for name, arguments in calls.items()}
got = [name for name, result in seen.items() if result == 0]
print(f"ESCAPED: set {got}" if got else f"HELD: {seen}")

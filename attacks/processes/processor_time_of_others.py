# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot watch the processor time of another process (clock_gettime), nor set a timer on it.
# expected: refused
# origin: clock_getcpuclockid(3): the number of a process as a clock, which no access check guards
# outside: as nobody

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.timer_create.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]


def error():
    return errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))


peer = STAGE["peer"] or {}
seen, got = [], []
for pid in (STAGE["victim_pid"], peer.get("pid"), STAGE["server_pid"]):
    if not pid or pid == os.getpid():
        continue
    for kind in (0, 1, 2, 6):  # of all its threads: all, user's, scheduler's; of one thread
        clock = (~pid << 3) | kind
        time = (ctypes.c_long * 2)()
        if libc.clock_gettime(clock, time) == 0:
            got.append(f"{pid}: {time[0]}.{time[1]:09} s")
        else:
            seen.append(error())
        if libc.timer_create(clock, None, ctypes.byref(ctypes.c_void_p())) == 0:
            got.append(f"a timer on {pid}")
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

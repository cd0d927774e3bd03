# SPDX-License-Identifier: Apache-2.0
# claim: Every thread of a run is under the filter, also one that user code starts by a call of its own.
# expected: absent
# origin: filters that are put on one thread only
# outside: as nobody

import ctypes
import threading

libc = ctypes.CDLL(None)
modes = []


def look():
    modes.append((libc.prctl(21, 0, 0, 0, 0), libc.prctl(39, 0, 0, 0, 0)))  # PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS


threads = [threading.Thread(target=look) for _ in range(3)]
for thread in threads:
    thread.start()
    thread.join()
START = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
start, handle = START(lambda _: look()), ctypes.c_ulong()
if libc.pthread_create(ctypes.byref(handle), None, start, None) == 0:
    libc.pthread_join(handle, None)
got = [mode for mode in modes if mode != (2, 1)]
print(f"ESCAPED: a thread with {got[0]}" if got else f"HELD: {len(modes)} threads, all {modes[0]}")

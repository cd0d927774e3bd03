# SPDX-License-Identifier: Apache-2.0
# claim: A run's threads have one table of descriptors, and so cannot together open more than limits.open_files.
# expected: refused
# origin: close_range with CLOSE_RANGE_UNSHARE, clone with CLONE_THREAD and without CLONE_FILES
# outside: as root

import ctypes
import errno
import os
import resource
import threading

libc = ctypes.CDLL(None, use_errno=True)
CLOSE_RANGE, UNSHARE = 436, 2
THREAD = 0x100 | 0x200 | 0x800 | 0x10000  # CLONE_VM, CLONE_FS, CLONE_SIGHAND, CLONE_THREAD
LIMIT = 64

resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
got, seen, opened = [], set(), []
full = threading.Barrier(4)


def fill():
    ctypes.set_errno(0)
    if libc.syscall(CLOSE_RANGE, 1000, 1000, UNSHARE) != 0:
        seen.add(errno.errorcode[ctypes.get_errno()])
    try:
        for _ in range(LIMIT):
            opened.append(os.dup(2))
    except OSError as error:
        seen.add(error.strerror)
    full.wait()


threads = [threading.Thread(target=fill) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if len(opened) > LIMIT:
    got.append(f"{len(opened)} descriptors at once, where {LIMIT} are allowed")
stack = ctypes.create_string_buffer(65536)
top = ctypes.c_void_p(ctypes.addressof(stack) + 65536 - 64)
ctypes.set_errno(0)
if libc.clone(libc.pause, top, THREAD, None) > 0:
    got.append("a thread with a table of its own")
else:
    seen.add(errno.errorcode[ctypes.get_errno()])
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(seen)}", flush=True)
os._exit(0)

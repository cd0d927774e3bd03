# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot page out, move or release memory of other processes.
# expected: refused
# origin: process_madvise, move_pages, migrate_pages, process_mrelease
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


MIGRATE_PAGES = {"x86_64": 256, "aarch64": 238}[os.uname().machine]
MOVE_PAGES = {"x86_64": 279, "aarch64": 239}[os.uname().machine]
pid, seen = STAGE["victim_pid"], {}
handle = call(434, pid, 0)
part = (ctypes.c_size_t * 2)(STAGE["victim_address"] & ~4095, 4096)
if isinstance(handle, int):
    seen["process_madvise"] = call(440, handle, part, 1, 20, 0)  # MADV_COLD
    seen["process_mrelease"] = call(448, handle, 0)
page, status = ctypes.c_size_t(STAGE["victim_address"] & ~4095), ctypes.c_int(-99)
seen["move_pages"] = call(MOVE_PAGES, pid, 1, ctypes.byref(page), None, ctypes.byref(status), 0)
node = ctypes.c_ulong(1)
seen["migrate_pages"] = call(MIGRATE_PAGES, pid, 64, ctypes.byref(node), ctypes.byref(node))
got = [name for name, result in seen.items() if isinstance(result, int)]
print(f"ESCAPED: accepted: {got}, the page is on node {status.value}" if got else f"HELD: {seen}")

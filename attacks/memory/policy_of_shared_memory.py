# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take memory of the kernel that no limit counts by policies for pieces of shared memory.
# expected: refused
# origin: mbind on every second page of a memory file; its nodes stay in the file when it is mapped no more
# outside: as root

import ctypes
import errno
import mmap
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)
MBIND = {"x86_64": 237, "aarch64": 235}[platform.machine()]
fd = os.memfd_create("shared")
os.ftruncate(fd, 1 << 20)
shared = mmap.mmap(fd, 1 << 20)
address = ctypes.addressof(ctypes.c_char.from_buffer(shared))
node = ctypes.c_ulong(1)
MPOL_BIND = 2
got = 0
for page in range(0, 256, 2):
    got += libc.syscall(MBIND, ctypes.c_void_p(address + page * 4096), ctypes.c_long(4096), MPOL_BIND, ctypes.byref(node),
                        ctypes.c_long(64), 0) == 0
print(f"ESCAPED: {got} policies" if got else f"HELD: {errno.errorcode[ctypes.get_errno()]}")

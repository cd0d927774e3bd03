# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot have its pages merged with those of other processes, whose writes would then tell what they hold.
# expected: refused
# origin: madvise(MADV_MERGEABLE), deduplication by the kernel (KSM)
# outside: as nobody

import ctypes
import errno
import mmap

libc = ctypes.CDLL(None, use_errno=True)
memory = mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
MADV_MERGEABLE = 12
merged = libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(1 << 20), MADV_MERGEABLE) == 0
print("ESCAPED: the kernel compares it with others' pages" if merged else f"HELD: {errno.errorcode[ctypes.get_errno()]}")

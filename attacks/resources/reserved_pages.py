# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take the large pages that the operator has reserved for another program.
# expected: refused
# origin: MFD_HUGETLB and MAP_HUGETLB, whose pages no limit counts
# outside: as nobody

import ctypes
import errno
import mmap
import os

MFD_HUGETLB = 4
MAP_HUGETLB, MAP_NORESERVE = 0x40000, 0x4000
seen, got = [], []
try:
    os.close(os.memfd_create("pages", MFD_HUGETLB))
    got.append("a file of large pages")
except OSError as error:
    seen.append(errno.errorcode[error.errno])
try:
    mmap.mmap(-1, 2 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE)
    got.append("a mapping of large pages")
except OSError as error:
    seen.append(errno.errorcode[error.errno])
print(f"ESCAPED: {got}" if got else f"HELD: {seen}")

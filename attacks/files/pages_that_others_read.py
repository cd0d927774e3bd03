# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot ask whether a file that all runs read is in memory, nor have it put out of it.
# expected: refused
# origin: preadv2 with RWF_NOWAIT and POSIX_FADV_DONTNEED as a view on what others read
# outside: as root

import os

got, seen = [], set()
fd = os.open(os.__file__, os.O_RDONLY)
try:
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    got.append("put out of memory")
except OSError as error:
    seen.add(error.strerror)
try:
    os.preadv(fd, [bytearray(1)], 0, os.RWF_NOWAIT)
    got.append("told that it is in memory")
except BlockingIOError:
    got.append("told that it is not in memory")
except OSError as error:
    seen.add(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(seen)}")

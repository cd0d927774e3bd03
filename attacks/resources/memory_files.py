# SPDX-License-Identifier: Apache-2.0
# claim: One file in memory (memfd) is no larger than a file may be.
# expected: refused
# origin: memfd_create passes over quotas of disks
# outside: as nobody

import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
fd = os.memfd_create("large")
try:
    os.ftruncate(fd, 20 << 30)
    print(f"ESCAPED: a file in memory of {os.fstat(fd).st_size >> 30} GiB")
except OSError as error:
    print("HELD:", error.strerror)

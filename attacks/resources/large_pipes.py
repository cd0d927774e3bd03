# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot make pipes so large that other processes of its user get small ones.
# expected: refused
# origin: F_SETPIPE_SZ until /proc/sys/fs/pipe-user-pages-soft: a new pipe then holds two pages, and who writes more waits
# outside: as root

import fcntl
import os

F_SETPIPE_SZ, F_GETPIPE_SZ = 1031, 1032
read, write = os.pipe()
try:
    fcntl.fcntl(write, F_SETPIPE_SZ, 1 << 20)
    print(f"ESCAPED: a pipe of {fcntl.fcntl(write, F_GETPIPE_SZ)} bytes")
except OSError as error:
    print(f"HELD: {error.strerror}, {fcntl.fcntl(write, F_SETPIPE_SZ, 65536)} bytes")

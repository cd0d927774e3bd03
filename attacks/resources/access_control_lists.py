# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take memory of the kernel that no limit counts by long access control lists.
# expected: refused
# origin: a posix_acl of 64 KiB in each inode, uncharged: 1.3 GB in four seconds where run_memory_mb was 256
# outside: as root

import os
import struct

entries = [(1, 6, 0xFFFFFFFF), *[(2, 6, os.getuid())] * 8000, (4, 4, 0xFFFFFFFF), (16, 6, 0xFFFFFFFF), (32, 4, 0xFFFFFFFF)]
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
fd = os.memfd_create("list")
try:
    os.setxattr(fd, "system.posix_acl_access", acl)
    print(f"ESCAPED: a list of {len(acl)} bytes")
except OSError as error:
    print(f"HELD: {error.strerror}")

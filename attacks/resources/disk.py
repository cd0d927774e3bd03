# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot fill the disk or the memory with many files.
# expected: limit scratch, disk
# origin: classic
# open in: container: only the size of each file
# open in: rootless: only the size of each file
# outside: as nobody

import os

goal = 1 << 30 if not STAGE["outside"] else 80 << 20
total, names, result = 0, [], ""
try:
    while total < goal:
        names.append(f"fill-{len(names)}")
        fd = os.open(names[-1], os.O_CREAT | os.O_WRONLY)
        os.posix_fallocate(fd, 0, 16 << 20)
        os.close(fd)
        total += 16 << 20
    result = f"ESCAPED: {total >> 20} MiB in {len(names)} files"
except OSError as error:
    result = f"HELD: {error.strerror} after {total >> 20} MiB"
for name in names:
    os.unlink(name)
print(result)

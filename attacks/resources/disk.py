# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot fill the disk or the memory with many files.
# expected: limit disk_limit
# origin: classic
# outside: as nobody

import os
import time

goal = 640 << 20 if not STAGE["outside"] else 80 << 20
total, names, result = 0, [], ""
try:
    while total < goal:
        names.append(f"fill-{len(names)}")
        fd = os.open(names[-1], os.O_CREAT | os.O_WRONLY)
        for _ in range(16):
            os.write(fd, bytes(1 << 20))
        os.close(fd)
        total += 16 << 20
    time.sleep(2 if not STAGE["outside"] else 0)  # for who looks now and then
    result = f"ESCAPED: {total >> 20} MiB in {len(names)} files"
except OSError as error:
    result = f"HELD: {error.strerror} after {total >> 20} MiB"
for name in names:
    os.unlink(name)
print(result)

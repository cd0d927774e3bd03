# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take all inodes of the disk or memory with empty files.
# expected: limit scratch, disk
# origin: 50,000 files
# open in: container: only the size of each file
# open in: rootless: only the size of each file
# outside: as nobody

import os

goal = 50000 if not STAGE["outside"] else 2000
count, result = 0, ""
try:
    while count < goal:
        os.mknod(f"e{count}")
        count += 1
    result = f"ESCAPED: {count} files"
except OSError as error:
    result = f"HELD: {error.strerror} after {count}"
for number in range(count):
    os.unlink(f"e{number}")
print(result)

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot take all inodes of the disk or memory with empty files.
# expected: limit disk_limit, timeout
# origin: 50,000 files
# outside: as nobody

import os
import time

goal = 70000 if not STAGE["outside"] else 2000
count, result = 0, ""
try:
    while count < goal:
        os.mknod(f"e{count}")
        count += 1
    time.sleep(2 if not STAGE["outside"] else 0)  # for who looks now and then
    result = f"ESCAPED: {count} files"
except OSError as error:
    result = f"HELD: {error.strerror} after {count}"
if STAGE["outside"]:
    for number in range(count):
        os.unlink(f"e{number}")
print(result)

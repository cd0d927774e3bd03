# SPDX-License-Identifier: Apache-2.0
# claim: Links that lead to each other, and names of the longest kind, hold nobody up.
# expected: absent
# origin: symlink bombs
# outside: as nobody

import errno
import os

os.symlink("b", "a")
os.symlink("a", "b")
for number in range(39):
    os.symlink(f"{number + 1}", f"{number}")
os.symlink("/", "39")
seen = []
for path in ("a", "0", "/".join(["0"] * 30)):
    try:
        seen.append(os.stat(path + STAGE["secret_file"]).st_size)
    except OSError as error:
        seen.append(errno.errorcode[error.errno])
if STAGE["outside"]:
    print("ESCAPED: by 39 links to", os.stat("1" + STAGE["secret_file"]).st_size, "bytes")
else:
    print(f"HELD: {seen}")

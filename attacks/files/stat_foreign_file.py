# SPDX-License-Identifier: Apache-2.0
# claim: A run does not see name, size and owner of foreign files.
# expected: absent
# origin: Landlock does not look at stat
# open in: container with landlock_fs: names, sizes, owners of such files
# open in: rootless without mount_ns: names, sizes, owners of such files
# outside: as nobody

import os

try:
    print("ESCAPED: size", os.stat(STAGE["secret_file"]).st_size, "owner", os.stat(STAGE["secret_file"]).st_uid)
except OSError as error:
    print("HELD:", error)

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot change the mode or the owner of a foreign file.
# expected: refused
# origin: Landlock does not look at chmod and chown
# open in: rootless without mount_ns: metadata of files of the server's user (chmod, utime)
# outside: as root

import os

path = STAGE["writable_file"]
seen = []
try:
    mode = os.stat(path).st_mode & 0o7777
    os.chmod(path, mode ^ 0o001)
    seen.append(f"ESCAPED: the mode went from {mode:o} to {os.stat(path).st_mode & 0o7777:o}")
    os.chmod(path, mode)
except OSError as error:
    seen.append(error.strerror)
try:
    owner = os.stat(path)
    os.chown(path, 12345, -1)
    seen.append(f"ESCAPED: the owner is {os.stat(path).st_uid}")
    os.chown(path, owner.st_uid, -1)
except OSError as error:
    seen.append(error.strerror)
got = [text for text in seen if text.startswith("ESCAPED")]
print(got[0] if got else f"HELD: {seen}")

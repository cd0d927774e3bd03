# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot change the times of a foreign file, not even of one that everybody may write to.
# expected: refused
# origin: Landlock does not look at utimensat; "now" needs write permission only
# open in: container with landlock_fs: times and extended attributes of files that everybody may write are open
# open in: rootless without mount_ns: metadata of files of the server's user (chmod, utime)
# outside: as nobody

import os

seen = []
for times in (None, (1, 1)):
    try:
        before = os.stat(STAGE["writable_file"]).st_mtime_ns
        os.utime(STAGE["writable_file"], times)
        after = os.stat(STAGE["writable_file"]).st_mtime_ns
        seen.append(f"ESCAPED: the time went from {before} to {after}" if before != after else "unchanged")
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if text.startswith("ESCAPED")]
print(got[0] if got else f"HELD: {seen}")

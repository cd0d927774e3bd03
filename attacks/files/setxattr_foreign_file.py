# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot set or read extended attributes of a foreign file.
# expected: refused
# origin: Landlock does not look at extended attributes
# open in: container with landlock_fs: times and extended attributes of files that everybody may write are open
# open in: rootless without mount_ns: metadata of files of the server's user (chmod, utime)
# outside: as root

import os

seen = []
for name in ("user.sandgate-attack", "trusted.sandgate-attack"):
    try:
        os.setxattr(STAGE["writable_file"], name, b"x")
        seen.append("ESCAPED: set " + name + " to " + os.getxattr(STAGE["writable_file"], name).decode())
        os.removexattr(STAGE["writable_file"], name)
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if text.startswith("ESCAPED")]
print(got[0] if got else f"HELD: {seen}")

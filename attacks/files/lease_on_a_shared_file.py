# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot keep others from opening a file that all runs read, nor learn of it.
# expected: refused
# origin: F_SETLEASE: whoever opens the file waits for the holder, 45 s by default (/proc/sys/fs/lease-break-time)
# outside: as root

import fcntl
import os

SHARED = ["/etc/passwd", "/etc/hosts", "/.sandgate/boot.js", "/.sandgate/node_serve.js", os.__file__]
got, seen = [], set()
for path in [STAGE["secret_file"]] if STAGE["outside"] else SHARED:
    for lease in (fcntl.F_WRLCK, fcntl.F_RDLCK):
        try:
            fd = os.open(path, os.O_RDONLY)
            fcntl.fcntl(fd, fcntl.F_SETLEASE, lease)
            got.append(f"lease {lease} on {path}")
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            seen.add(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(seen)}")

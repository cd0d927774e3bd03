# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot leave its view by openat from an open folder with many "..".
# expected: refused
# origin: chroot breakouts by a descriptor of a folder
# outside: as nobody

import os

seen = []
for start in (".", "/", "/tmp", "/usr", "/proc/self"):
    try:
        folder = os.open(start, os.O_RDONLY | os.O_DIRECTORY)
        fd = os.open("../" * 40 + STAGE["secret_file"].lstrip("/"), os.O_RDONLY, dir_fd=folder)
        seen.append(os.read(fd, 200).decode())
    except OSError as error:
        seen.append(error.strerror)
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {seen}")

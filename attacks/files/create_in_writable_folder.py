# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot put a file, folder, link, pipe or socket into a foreign folder that everybody may write to.
# expected: refused
# origin: classic
# outside: as nobody

import os
import socket

base = STAGE["writable_dir"] + "/left-by-a-run-"
makers = {
    "file": lambda path: os.close(os.open(path, os.O_CREAT | os.O_WRONLY)),
    "folder": os.mkdir,
    "link": lambda path: os.symlink("x", path),
    "fifo": os.mkfifo,
    "socket": lambda path: socket.socket(socket.AF_UNIX).bind(path),
    "unnamed": lambda path: os.close(os.open(os.path.dirname(path), os.O_TMPFILE | os.O_WRONLY)),
}
got, seen = [], []
for kind, make in makers.items():
    try:
        make(base + kind)
        got.append(kind)
        if os.path.lexists(base + kind):
            (os.rmdir if kind == "folder" else os.unlink)(base + kind)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: made {got}" if got else f"HELD: {sorted(set(seen))}")

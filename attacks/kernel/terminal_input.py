# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot type into a terminal of the operator (TIOCSTI, TIOCLINUX), nor change its line discipline.
# expected: refused
# origin: CVE-2017-5226, bubblewrap; TIOCLINUX paste
# outside: as root

import fcntl
import os
import pty

got, seen = [], []
fds = [0, 1, 2]
if STAGE["outside"]:  # a terminal of the control's own
    fds = [pty.openpty()[1]]
for path in ("/dev/tty", "/dev/console", "/dev/ptmx", "/dev/tty1") if not STAGE["outside"] else ():
    try:
        fds.append(os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
    except OSError as error:
        seen.append(error.strerror)
for fd in fds:
    for name, request, argument in (
        ("TIOCSTI", 0x5412, b"x"),
        ("TIOCLINUX", 0x541C, b"\x06"),
        ("TIOCSETD", 0x5423, b"\0\0\0\0"),
        ("TIOCSCTTY", 0x540E, 0),
    ):
        try:
            fcntl.ioctl(fd, request, argument)
            got.append(f"{name} on {fd}")
        except OSError as error:
            seen.append(error.strerror)
print(f"ESCAPED: {got}" if got else f"HELD: {sorted(set(seen))}")

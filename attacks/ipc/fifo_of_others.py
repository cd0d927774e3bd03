# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot write into or read from a named pipe of others.
# expected: refused
# origin: classic
# outside: as nobody

import os

if STAGE["fifo"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
try:
    fd = os.open(STAGE["fifo"], os.O_RDWR | os.O_NONBLOCK)
    os.write(fd, b"attack")
    print("ESCAPED: through the pipe:", os.read(fd, 6).decode())
except OSError as error:
    print("HELD:", error)

# SPDX-License-Identifier: Apache-2.0
# claim: A sparse file of 52 GB, or any larger than the limit, cannot be made.
# expected: refused
# origin: the sparse file that crashed the predecessor's host
# outside: as nobody

import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
seen = []
with open("large", "wb") as file:
    for step in (lambda: os.truncate("large", 52 * 10**9), lambda: os.pwrite(file.fileno(), b"x", 52 * 10**9)):
        try:
            step()
        except OSError as error:
            seen.append(error.strerror)
size = os.stat("large").st_size
os.unlink("large")
print(f"ESCAPED: a file of {size} bytes" if size > 10**10 else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: What a run can read through its output pipes is only what it has written itself.
# expected: absent
# origin: /proc/self/fd/1 opened for reading
# outside: as root

import fcntl
import os

found, seen = [], []
targets = [0, 1, 2]
if STAGE["outside"]:  # a pipe that another one has written to
    read, write = os.pipe()
    os.write(write, STAGE["mark"].encode())
    targets = [write]
for fd in targets:
    try:
        again = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK)
        found.append(os.read(again, 1000))
    except OSError as error:
        seen.append(error.strerror)
found = [text for text in found if text]
print(f"ESCAPED: read {found}" if found else f"HELD: {seen or 'nothing to read'}")

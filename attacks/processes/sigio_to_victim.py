# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot have the kernel signal a foreign process by F_SETOWN or F_SETOWN_EX.
# expected: refused
# origin: F_SETOWN, SIGIO and F_SETSIG
# outside: as root

import fcntl
import os
import signal
import struct
import time

seen = []
pid = STAGE["victim_pid"]
for command, target in ((8, pid), (8, -pid), (15, struct.pack("ii", 1, pid))):  # F_SETOWN, F_SETOWN_EX
    try:
        read, write = os.pipe()
        fcntl.fcntl(read, command, target)
        fcntl.fcntl(read, 10, signal.SIGTERM)  # F_SETSIG
        fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(write, b"x")
        time.sleep(0.02)
        try:
            with open(f"/proc/{pid}/stat") as file:
                seen.append("ended" if file.read().rpartition(")")[2].split()[0] in "ZX" else "set, victim alive")
        except OSError as error:
            seen.append(error.strerror)
    except OSError as error:
        seen.append(error.strerror)
print("ESCAPED: SIGIO ended the victim" if "ended" in seen else f"HELD: {seen}")

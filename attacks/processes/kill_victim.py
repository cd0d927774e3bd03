# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot end a process outside of it by a signal.
# expected: refused
# origin: classic
# outside: as root

import os
import signal
import time


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


try:
    os.kill(STAGE["victim_pid"], signal.SIGTERM)
    for _ in range(100):
        if not gone(STAGE["victim_pid"]):
            time.sleep(0.01)
    print("ESCAPED: the signal was taken; the victim is", "gone" if gone(STAGE["victim_pid"]) else "there")
except OSError as error:
    print("HELD:", error)

# SPDX-License-Identifier: Apache-2.0
# claim: faulthandler and signal handlers of the interpreter write nowhere but to the run's own output.
# expected: absent
# origin: faulthandler.dump_traceback to a guessed descriptor
# outside: as nobody

import faulthandler
import os

kept = os.open("kept", os.O_CREAT | os.O_RDWR) if STAGE["outside"] else None
got = []
for fd in range(3, 64):
    try:
        faulthandler.dump_traceback(file=fd)
        os.fstat(fd)
        got.append(fd)
    except (OSError, ValueError, RuntimeError):
        pass
print(f"ESCAPED: wrote to descriptors {got}" if got else "HELD: no other descriptor is there")

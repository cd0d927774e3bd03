# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot signal another run.
# expected: refused
# origin: runs of one user
# outside: as root

import os
import signal

if STAGE["peer"] in (None, "", -1):
    print("HELD: not on this machine")
    raise SystemExit
seen, got = [], []
pid = STAGE["peer"]["pid"]
for target in (pid, -pid):
    try:
        os.kill(target, signal.SIGUSR1)
        got.append(target)
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: SIGUSR1 was taken by {got}" if got else f"HELD: {seen}")

# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot signal the server, its spawners or its parent, not even with SIGCONT.
# expected: refused
# origin: SIGCONT is allowed to every process of the session
# outside: as root

import os
import signal

seen, got = [], []
for pid in {STAGE["server_pid"], os.getppid(), *(STAGE["spawner_pids"] or [])} - {os.getpid(), None}:
    for target in (pid, -pid):
        if target in (0, -1):
            continue
        try:
            os.kill(target, signal.SIGCONT)
            got.append(target)
        except OSError as error:
            seen.append(error.strerror)
print(f"ESCAPED: SIGCONT was taken by {got}" if got else f"HELD: {seen or 'the parent is not in sight'}")

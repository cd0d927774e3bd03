# SPDX-License-Identifier: Apache-2.0
# claim: Flags that a run sets on its descriptors (O_NONBLOCK, O_APPEND, offset) do not reach later runs.
# expected: absent
# origin: open file descriptions that all children of a fork server share
# outside: as nobody

import fcntl
import os

flags = {fd: fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (0, 1, 2)}
changed = [fd for fd, value in flags.items() if value & (os.O_NONBLOCK | os.O_APPEND | os.O_ASYNC)]
if STAGE["outside"]:
    fcntl.fcntl(0, fcntl.F_SETFL, os.O_NONBLOCK)
    changed = [0] if fcntl.fcntl(os.dup(0), fcntl.F_GETFL) & os.O_NONBLOCK else []
else:
    for fd in (0, 1, 2):  # for the next run to find
        fcntl.fcntl(fd, fcntl.F_SETFL, flags[fd] | os.O_APPEND if fd == 0 else flags[fd] | os.O_NONBLOCK)
print(f"ESCAPED: another run set flags of {changed}" if changed else "HELD: flags are as a fresh run has them")

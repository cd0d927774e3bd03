# SPDX-License-Identifier: Apache-2.0
# claim: A fork bomb gets off with no process, or with no more than the limit.
# expected: refused
# origin: classic
# outside: as nobody

import os
import time

children = []
goal = 400 if not STAGE["outside"] else 20
try:
    for _ in range(goal):
        pid = os.fork()
        if pid == 0:
            time.sleep(0.3)
            os._exit(0)
        children.append(pid)
    result = f"ESCAPED: {len(children)} processes"
except OSError as error:
    result = f"HELD: {error} after {len(children)}"
for pid in children:
    os.waitpid(pid, 0)
print(result)

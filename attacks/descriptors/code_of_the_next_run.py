# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read the code of another run from descriptor 3 or from any pipe that it can open anew.
# expected: refused
# origin: pipes opened again through /proc/self/fd
# outside: as root

import os

found, seen = [], []
pids = (
    ["self", STAGE["server_pid"], *(STAGE["spawner_pids"] or []), os.getppid()]
    if not STAGE["outside"]
    else [STAGE["victim_pid"]]
)
for pid in pids:
    for fd in range(3 if pid == "self" else 0, 24):
        try:
            again = os.open(f"/proc/{pid}/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK)
            found.append(f"{pid}/{fd}: {os.readlink(f'/proc/self/fd/{again}')}")
            os.close(again)
        except OSError as error:
            seen.append(error.strerror)
print(f"ESCAPED: opened {found[:5]}" if found else f"HELD: {sorted(set(seen))}")

# SPDX-License-Identifier: Apache-2.0
# claim: /proc/PID/root and /proc/PID/cwd of server, spawners, init and others are no way out.
# expected: refused
# origin: container breakouts through /proc/1/root
# outside: as root

import os

seen = []
peer = STAGE["peer"] or {}
pids = [1, 2, os.getppid(), STAGE["victim_pid"], STAGE["server_pid"], peer.get("pid"), *(STAGE["spawner_pids"] or [])]
for pid in [pid for pid in pids if pid and pid != os.getpid()]:
    for way in (f"/proc/{pid}/root", f"/proc/{pid}/task/{pid}/root", f"/proc/{pid}/cwd" + "/.." * 20):
        try:
            with open(way + STAGE["secret_file"]) as file:
                seen.append(file.read())
        except OSError as error:
            seen.append(error.strerror)
got = [text for text in seen if STAGE["mark"] in text]
print("ESCAPED: read " + got[0].strip() if got else f"HELD: {sorted(set(seen))}")

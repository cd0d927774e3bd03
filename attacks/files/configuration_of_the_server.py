# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot read the configuration, the command line or the environment of the server.
# expected: refused
# origin: the key lies in conf/config.yaml or API_KEY
# outside: as root

import os

got, seen = [], []
for pid in [STAGE["server_pid"], *(STAGE["spawner_pids"] or []), os.getppid(), 1]:
    if not pid or pid == os.getpid():
        continue
    for name in ("environ", "cmdline", "cwd/conf/config.yaml", "maps", "status", "auxv"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                if file.read(100):
                    got.append(f"{pid}/{name}")
        except OSError as error:
            seen.append(error.strerror)
for path in ("conf/config.yaml", "/conf/config.yaml", "../conf/config.yaml", "/etc/sandgate/config.yaml"):
    try:
        with open(path, "rb") as file:
            got.append(f"{path}: {file.read(100)}")
    except OSError as error:
        seen.append(error.strerror)
print(f"ESCAPED: read {got}" if got else f"HELD: {sorted(set(seen))}")

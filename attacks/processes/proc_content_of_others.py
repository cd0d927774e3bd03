# SPDX-License-Identifier: Apache-2.0
# claim: A run reads nothing of other processes in /proc: command line, environment, status, maps, descriptors.
# expected: refused
# origin: classic
# outside: as root

import os

got, seen = [], set()
peer = STAGE["peer"] or {}
for pid in {STAGE["victim_pid"], STAGE["server_pid"], peer.get("pid")} - {None, os.getpid()}:
    for name in (
        "environ",
        "cmdline",
        "comm",
        "status",
        "stat",
        "maps",
        "io",
        "limits",
        "net/unix",
        "mountinfo",
        "wchan",
    ):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                got.append(f"{pid}/{name}: {file.read(30)}")
        except OSError as error:
            seen.add(error.strerror)
    for name in ("fd", "task", "map_files", "ns", "fdinfo"):
        try:
            got.append(f"{pid}/{name}: {os.listdir(f'/proc/{pid}/{name}')[:3]}")
        except OSError as error:
            seen.add(error.strerror)
print(f"ESCAPED: {got[:6]}" if got else f"HELD: {seen}")

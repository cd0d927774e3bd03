# SPDX-License-Identifier: Apache-2.0
# claim: The socket between a run and its spawner is closed before user code begins.
# expected: absent
# origin: fork servers that children can speak to
# outside: as nobody

import os
import socket

if STAGE["outside"]:
    kept = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
found = []
for fd in range(3, 1024):
    try:
        name = socket.socket(fileno=os.dup(fd))
        found.append(f"{fd}: {name.type!r} to {name.getpeername()!r}")
        name.send(b"\x02\0\0\0") if not STAGE["outside"] else None
    except OSError:
        pass
print(f"ESCAPED: {found}" if found else "HELD: no descriptor is a socket")

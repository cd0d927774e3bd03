# SPDX-License-Identifier: Apache-2.0
# claim: A run cannot open files, pipes, sockets and events without end.
# expected: refused
# origin: classic
# outside: as nobody

import os
import resource
import socket

try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))
except (OSError, ValueError):
    pass
goal = 200000 if not STAGE["outside"] else 600
fds, sockets = [], []
try:
    while len(fds) + len(sockets) < goal:
        fds += os.pipe()
        sockets += socket.socketpair()
        fds.append(os.open("/dev/null", os.O_RDONLY))
    print(f"ESCAPED: {len(fds) + len(sockets)} descriptors")
except OSError as error:
    print(f"HELD: {error.strerror} after {len(fds) + len(sockets)}")
